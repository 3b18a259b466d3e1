import type { ApiLab } from '../../../test/support/api-lab';
import { closedCall } from '../../../test/support/closed-call';
import { openApiLab, token } from '../../../test/support/api-lab';
import { eventually } from '../../../test/support/eventually';
import type { CallEvent } from '../../domain/call-event';
import { EventHolder } from './hold-event';

let lab: ApiLab;

beforeEach(async () => {
  lab = await openApiLab();
});

afterEach(() => lab.close());

let serial = 0;
const freshId = (): string => `00000000-0000-4000-9000-${String((serial += 1)).padStart(12, '0')}`;

const send = async (
  callId: string,
  more: object = {},
): Promise<{ status: number; heldBy?: string; ms: number }> => {
  const started = Date.now();
  const answer = await fetch(`${lab.url}/webhooks/3cx/office/call-started`, {
    method: 'POST',
    headers: { 'x-webhook-token': token, 'content-type': 'application/json' },
    body: JSON.stringify({ callId, ...more }),
  });
  const { heldBy } = (await answer.json()) as { heldBy?: string };
  const retryAfter = answer.headers.get('retry-after');
  if (answer.status === 503) expect(Number(retryAfter)).toBeGreaterThan(0);
  return { status: answer.status, heldBy, ms: Date.now() - started };
};

const waiting = (callId: string): ReturnType<typeof lab.store.inbox.forCall> =>
  lab.store.inbox.forCall('office', callId);

describe('an event of a call that was merged into another', () => {
  it('waits in the inbox for the call that goes on', async () => {
    const [survivor, merged] = [freshId(), freshId()];
    for (const [callId, fromReport] of [
      [survivor, false],
      [merged, true],
    ] as const)
      await lab.store.claims.claim(
        {
          connection: 'office',
          callId,
          workflowId: 'w',
          callerHash: `h-${survivor}`,
          startedAt: new Date().toISOString(),
          extension: '201',
          fromReport,
        },
        60_000,
      );
    await lab.store.calls.save('office', closedCall(merged, new Date().toISOString()), 1, {
      closed: true,
      deliveryKeys: [],
    });
    lab.gateway.closed.add(`call/office/${merged}`);
    expect(await send(merged)).toMatchObject({ status: 202, heldBy: 'inbox' });
    expect(await waiting(merged)).toMatchObject([{ reason: 'closed' }]);
  });
});

describe('an event that Temporal does not take', () => {
  it('is in the inbox when the 202 comes, within 2.5 s even when Temporal hangs', async () => {
    lab.gateway.state = 'hangs';
    const callId = freshId();
    const { ms, ...answer } = await send(callId, { callerNumber: '79991234567' });
    expect(answer).toEqual({ status: 202, heldBy: 'inbox' });
    expect(ms).toBeLessThan(2_500);
    expect(await waiting(callId)).toMatchObject([
      {
        callId,
        workflowId: `call/office/${callId}`,
        reason: 'unreachable',
        event: { callerNumber: '79991234567' },
      },
    ]);
  });

  it('makes the ones behind it wait for nothing, until one of them finds Temporal back', async () => {
    lab.gateway.state = 'hangs';
    await send(freshId());
    const started = Date.now();
    const burst = await Promise.all(Array.from({ length: 50 }, () => send(freshId())));
    expect(burst.every(({ heldBy }) => heldBy === 'inbox')).toBe(true);
    // The first one, and one after each pause of half a second.
    expect(lab.gateway.asked).toBeLessThanOrEqual(2 + Math.floor((Date.now() - started) / 500));
    lab.gateway.state = 'up';
    await eventually(async () => (await send(freshId())).heldBy === 'temporal', 'Temporal is asked again');
  });

  it('goes to the inbox at once when too many are under way', async () => {
    const holder = new EventHolder(lab.deps);
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    lab.deps.calls.deliver = async () => {
      lab.gateway.asked += 1;
      await gate;
      return 'delivered';
    };
    const holding = Array.from({ length: 60 }, () => {
      const callId = freshId();
      const ref = { connection: 'office', callId, workflowId: `call/office/${callId}` };
      return holder.hold(ref, eventOf(callId));
    });
    expect(lab.gateway.asked).toBe(50);
    expect(new Set(await Promise.all(holding.slice(50)))).toEqual(new Set(['inbox']));
    const items = await lab.store.inbox.lease('test', 500, 60_000);
    expect(items.map(({ reason }) => reason)).toEqual(Array.from({ length: 10 }, () => 'busy'));
    release();
    expect(new Set(await Promise.all(holding.slice(0, 50)))).toEqual(new Set(['temporal']));
  });

  it('is held once, however often it is repeated', async () => {
    lab.gateway.state = 'down';
    const callId = freshId();
    await Promise.all([send(callId), send(callId), send(callId)]);
    expect(await waiting(callId)).toHaveLength(1);
  });

  it('is refused with 503 only when MongoDB is away too', async () => {
    lab.gateway.state = 'hangs';
    await lab.stopDatabase();
    const refused = await send(freshId());
    expect(refused.status).toBe(503);
    expect(refused.ms).toBeLessThan(2_500);
    lab.gateway.state = 'up';
    // Temporal was left in peace for a moment, but now it is the only one left.
    expect(await send(freshId())).toMatchObject({ status: 202, heldBy: 'temporal' });
  });
});

describe('an event whose workflow is over', () => {
  it('is a repeat or a late fact: the same 202, and the ledger notes it', async () => {
    const callId = freshId();
    lab.gateway.closed.add(`call/office/${callId}`);
    await closeInLedger(callId, '2026-11-20T10:00:00Z', ['known']);
    expect(await send(callId, { deliveryId: 'late' })).toMatchObject({ status: 202, heldBy: 'temporal' });
    // The answer does not wait for the ledger for longer than half a second.
    const noted = async (): Promise<boolean> =>
      (await lab.store.calls.get('office', callId))?.marks.includes('late-event') === true;
    await eventually(noted, 'it is noted');
    await send(callId, { deliveryId: 'late' });
    expect(await lab.store.calls.get('office', callId)).toMatchObject({
      marks: ['late-event'],
      events: [{ event: 'call-started', source: 'webhook' }],
    });
    expect(await lab.store.inbox.count()).toBe(0);
  });

  it('is taken although MongoDB is away', async () => {
    const callId = freshId();
    lab.gateway.closed.add(`call/office/${callId}`);
    await lab.stopDatabase();
    expect(await send(callId)).toMatchObject({ status: 202, heldBy: 'temporal' });
  });

  it('goes to the inbox under a counter, which may name a new call', async () => {
    lab.gateway.closed.add('call/office/42');
    expect(await send('42')).toMatchObject({ status: 202, heldBy: 'inbox' });
    expect(await waiting('42')).toMatchObject([{ reason: 'closed' }]);
  });
});

function eventOf(key: string): CallEvent {
  return { event: 'call-started', deliveryKey: key, receivedAt: new Date().toISOString(), source: 'webhook' };
}

async function closeInLedger(callId: string, startedAt: string, deliveryKeys: string[]): Promise<void> {
  await lab.store.calls.save('office', closedCall(callId, startedAt), 1, { closed: true, deliveryKeys });
}
