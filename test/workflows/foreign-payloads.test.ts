import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import type { CallEvent } from '../../src/domain/call-event';
import type { CallView } from '../../src/domain/call-view';
import { parseDataKeys } from '../../src/store';
import { dataConverterWith } from '../../src/worker/data-converter';
import { EncryptingPayloadCodec } from '../../src/worker/payload-codec';
import { bytesAsText } from '../support/bytes-as-text';
import { eventually } from '../support/eventually';
import { newDataKey } from '../support/test-store';
import type { Lab } from './harness';
import { answered, ended, FakeWorld, openLab } from './harness';

const codec = new EncryptingPayloadCodec(parseDataKeys(newDataKey()));
const elsewhere = new EncryptingPayloadCodec(parseDataKeys(newDataKey()));

let world: FakeWorld;
let lab: Lab;
beforeAll(async () => {
  world = new FakeWorld();
  lab = await openLab(world, { dataConverter: dataConverterWith(codec) });
});
afterAll(() => lab.close());

const payloadOf = (event: CallEvent): Payload => ({
  metadata: { encoding: Buffer.from('json/plain') },
  data: Buffer.from(JSON.stringify(event)),
});

/** An event as a client of ours would send it to a workflow. */
async function sealed(event: CallEvent, workflowId: string, by = codec): Promise<Payload> {
  const context = { type: 'workflow', namespace: 'default', workflowId } as const;
  return (await by.encode([payloadOf(event)], context))[0]!;
}

/** Whoever reaches Temporal's port can send any bytes to any workflow. */
async function sendBytes(handle: WorkflowHandle, payload: Payload): Promise<void> {
  await lab.client.workflowService.signalWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId: handle.workflowId },
    signalName: 'callEvent',
    input: { payloads: [payload] },
    requestId: randomUUID(),
  });
}

/** What an intruder would like to be believed: that the call is over and was somebody else's. */
const forged = (): CallEvent => ended('203');

const attacks: [string, (handle: WorkflowHandle) => Promise<Payload>][] = [
  ['a plain payload', async () => payloadOf(forged())],
  [
    'a flipped bit',
    async ({ workflowId }) => {
      const { metadata, data } = await sealed(forged(), workflowId);
      const changed = Buffer.from(data!);
      changed[20]! ^= 1;
      return { metadata, data: changed };
    },
  ],
  ['a key that nobody here has', ({ workflowId }) => sealed(forged(), workflowId, elsewhere)],
  ['a payload of another call', ({ workflowId }) => sealed(forged(), `${workflowId}-other`)],
  ['no payload at all', async () => ({})],
];

it.each(attacks)('%s in a signal is recorded, not used, and holds nothing up', async (_what, attack) => {
  const callId = randomUUID();
  const handle = await lab.send(callId, answered('201'));
  await sendBytes(handle, await attack(handle));
  await eventually(async () => (await lab.view(callId)).marks.includes('bad-payload'), 'it is recorded');
  expect((await lab.view(callId)).state).toBe('open');
  await lab.send(callId, ended('201'));
  const view = (await handle.result()) as CallView;
  expect(view).toMatchObject({ state: 'finished', extension: '201', durationSeconds: 60 });
  expect(world.finished.filter((input) => input.callId === callId)).toHaveLength(1);
});

it('an honest event, sent the same way, is used', async () => {
  const callId = randomUUID();
  const handle = await lab.send(callId, answered('201'));
  await sendBytes(handle, await sealed(ended('202'), handle.workflowId));
  const view = (await handle.result()) as CallView;
  expect(view.marks).not.toContain('bad-payload');
  expect(view.endedAt).not.toBeNull();
});

it('payloads in the history are bound to their workflow: arguments, signals, steps and results', async () => {
  const callId = randomUUID();
  const handle = await lab.send(callId, answered('201'), ended('201'));
  await handle.result();
  const history = JSON.stringify(bytesAsText(await handle.fetchHistory()));
  const count = (what: string): number => history.split(what).length - 1;
  expect(count('binary/encrypted')).toBeGreaterThan(10);
  expect(count(`"encryption-owner":"default/${handle.workflowId}"`)).toBe(count('binary/encrypted'));
});
