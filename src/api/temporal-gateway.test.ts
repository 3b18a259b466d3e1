import { randomUUID } from 'node:crypto';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { Client, Connection } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { eventually } from '../../test/support/eventually';
import { temporalAddress } from '../../test/support/servers';
import type { CallEvent } from '../domain/call-event';
import type { CallRef } from '../domain/call-steps';
import { connectClient } from '../worker/temporal-connection';
import type { CallGateway } from './call-gateway';
import { TemporalUnreachable } from './call-gateway';
import { createTemporalGateway } from './temporal-gateway';

let client: Client;
let gateway: CallGateway;

beforeAll(async () => {
  client = new Client({ connection: await Connection.connect({ address: temporalAddress() }) });
  gateway = createTemporalGateway({ client, taskQueue: 'nobody-listens', timeScale: 1 });
});

afterAll(() => client.connection.close());

const freshRef = (): CallRef => {
  const callId = randomUUID();
  return { connection: 'office', callId, workflowId: `call/office/${callId}` };
};

const event = (facts: Partial<CallEvent> = {}): CallEvent => ({
  event: 'call-answered',
  deliveryKey: randomUUID(),
  receivedAt: '2026-11-20T10:00:00.000Z',
  source: 'webhook',
  ...facts,
});

describe('delivering an event', () => {
  it('starts the call with its constants and first attributes, and signals the event, without any worker', async () => {
    const ref = freshRef();
    const first = event({ extension: '201', direction: 'outbound', callerNumber: '79991234567' });
    expect(await gateway.deliver(ref, first, 5_000)).toBe('delivered');
    const second = event();
    expect(await gateway.deliver(ref, second, 5_000)).toBe('delivered');

    const handle = client.workflow.getHandle(ref.workflowId);
    expect(await shown(ref.workflowId)).toEqual({
      type: 'call',
      taskQueue: 'nobody-listens',
      summary: 'outbound call, extension 201',
      attributes: expect.objectContaining({
        Connection: 'office',
        Extension: '201',
        CallDirection: 'outbound',
        CallState: 'open',
        RecordingState: 'none',
      }) as object,
    });
    const { events } = await handle.fetchHistory();
    const started = events?.find(
      (one) => one.workflowExecutionStartedEventAttributes,
    )?.workflowExecutionStartedEventAttributes;
    expect(payloadsOf(started?.input)).toEqual([ref]);
    const signals = events?.flatMap((one) =>
      one.workflowExecutionSignaledEventAttributes ? [one.workflowExecutionSignaledEventAttributes] : [],
    );
    expect(signals?.map((signal) => [signal.signalName, payloadsOf(signal.input)])).toEqual([
      ['callEvent', [first]],
      ['callEvent', [second]],
    ]);
  });

  it('leaves an extension that is no internal number out of what stands in clear', async () => {
    const ref = freshRef();
    await gateway.deliver(ref, event({ extension: '79991234567' }), 5_000);
    expect(JSON.stringify(await shown(ref.workflowId))).not.toContain('79991234567');
  });

  it('says that a call is over instead of starting it again', async () => {
    const ref = freshRef();
    await gateway.deliver(ref, event(), 5_000);
    await client.workflow.getHandle(ref.workflowId).terminate();
    expect(await gateway.deliver(ref, event(), 5_000)).toBe('closed');
    expect(await gateway.retry(ref.workflowId)).toBe('closed');
    expect(await gateway.view(ref.workflowId, 2_000)).toBeNull();
  });
});

describe('orders and questions', () => {
  it('signal a retry to an open call', async () => {
    const ref = freshRef();
    await gateway.deliver(ref, event(), 5_000);
    expect(await gateway.retry(ref.workflowId)).toBe('signalled');
    expect(await gateway.retry(freshRef().workflowId)).toBe('closed');
  });

  it('give no view when no worker answers in time', async () => {
    const ref = freshRef();
    await gateway.deliver(ref, event(), 5_000);
    const started = Date.now();
    expect(await gateway.view(ref.workflowId, 300)).toBeNull();
    expect(Date.now() - started).toBeLessThan(5_000);
  });
});

describe('when Temporal is away', () => {
  it('says so within the deadline, though the client would try for longer', async () => {
    const nowhere = openClient('127.0.0.1:1');
    const away = createTemporalGateway({ ...nowhere, taskQueue: 'calls', timeScale: 1 });
    const started = Date.now();
    await expect(away.deliver(freshRef(), event(), 500)).rejects.toBeInstanceOf(TemporalUnreachable);
    expect(await away.isUp(300)).toBe(false);
    expect(Date.now() - started).toBeLessThan(5_000);
    await nowhere.close();
  });

  it('finds it again soon after it came back', async () => {
    const proxy = await openProxy();
    const through = openClient(proxy.address);
    const viaProxy = createTemporalGateway({ ...through, taskQueue: 'nobody-listens', timeScale: 1 });
    expect(await viaProxy.isUp(2_000)).toBe(true);
    await proxy.stop();
    // Long enough for the channel's back-off to grow.
    await eventually(async () => !(await viaProxy.isUp(500)), 'it is away');
    for (let i = 0; i < 6; i++) await viaProxy.deliver(freshRef(), event(), 1_000).catch(() => undefined);
    await proxy.start();
    const back = Date.now();
    await eventually(() => viaProxy.isUp(500), 'it is back');
    expect(Date.now() - back).toBeLessThan(3_000);
    expect(await viaProxy.deliver(freshRef(), event(), 5_000)).toBe('delivered');
    await through.close();
    await proxy.stop();
  });

  it('knows a frozen server from a running one', async () => {
    const proxy = await openProxy();
    const through = openClient(proxy.address);
    const viaProxy = createTemporalGateway({ ...through, taskQueue: 'nobody-listens', timeScale: 1 });
    expect(await viaProxy.deliver(freshRef(), event(), 2_000)).toBe('delivered');
    proxy.freeze();
    const started = Date.now();
    await expect(viaProxy.deliver(freshRef(), event(), 500)).rejects.toBeInstanceOf(TemporalUnreachable);
    expect(await viaProxy.isUp(300)).toBe(false);
    expect(Date.now() - started).toBeLessThan(5_000);
    await through.close();
    await proxy.stop();
  });
});

async function shown(
  workflowId: string,
): Promise<{ type: string; taskQueue: string; summary: string; attributes: object }> {
  const description = await client.workflow.getHandle(workflowId).describe();
  const attributes = description.typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]);
  return {
    type: description.type,
    taskQueue: description.taskQueue,
    summary: (await description.staticSummary()) ?? '',
    attributes: Object.fromEntries(attributes) as object,
  };
}

function payloadsOf(input: { payloads?: unknown[] | null } | null | undefined): unknown[] {
  return (input?.payloads ?? []).map((payload) => defaultPayloadConverter.fromPayload(payload as never));
}

/** The product's client, and its end: a retry that still slept when the connection is closed would throw out of its timer. */
function openClient(address: string): { client: Client; close: () => Promise<void> } {
  const client = connectClient({ options: { address }, namespace: 'default' }, {});
  const asked: Promise<unknown>[] = [];
  const withDeadline = client.withDeadline.bind(client);
  client.withDeadline = (deadline, work) => {
    const answer = withDeadline(deadline, work);
    asked.push(answer);
    return answer;
  };
  const close = async (): Promise<void> => {
    await Promise.allSettled(asked);
    await client.connection.close();
  };
  return { client, close };
}

interface Proxy {
  address: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Accepts and passes nothing on any more. */
  freeze(): void;
}

/** A port in front of the real server that can go away and come back. */
async function openProxy(): Promise<Proxy> {
  const [host, port] = temporalAddress().split(':') as [string, string];
  const sockets = new Set<Socket>();
  let frozen = false;
  let ours = 0;
  let server: Server;
  const start = async (): Promise<void> => {
    server = createServer((down) => {
      const up = connect(Number(port), host);
      for (const [from, to] of [
        [down, up],
        [up, down],
      ] as const) {
        sockets.add(from);
        from.on('error', () => to.destroy());
        from.on('close', () => to.destroy());
        from.on('data', (chunk) => frozen || to.write(chunk));
      }
    });
    await new Promise<void>((resolve) => server.listen(ours, '127.0.0.1', resolve));
    ours = (server.address() as AddressInfo).port;
  };
  const stop = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  await start();
  return { address: `127.0.0.1:${ours}`, start, stop, freeze: () => (frozen = true) };
}
