import type { ApiLab } from '../../../test/support/api-lab';
import { closedCall } from '../../../test/support/closed-call';
import { connectionOf, openApiLab } from '../../../test/support/api-lab';
import { eventually } from '../../../test/support/eventually';
import type { CallEvent } from '../../domain/call-event';
import type { InboxItem } from '../../store';
import { InboxDrainer } from './inbox-drainer';

let lab: ApiLab;
let drainers: InboxDrainer[];

beforeEach(async () => {
  lab = await openApiLab();
  drainers = [];
});

afterEach(async () => {
  await Promise.all(drainers.map((drainer) => drainer.stop()));
  await lab.close();
});

const startDrainer = (): InboxDrainer => {
  const drainer = new InboxDrainer(lab.deps);
  drainers.push(drainer);
  drainer.start();
  return drainer;
};

let serial = 0;
const event = (facts: Partial<CallEvent> = {}): CallEvent => ({
  event: 'call-started',
  deliveryKey: `key-${(serial += 1)}`,
  receivedAt: new Date(Date.now() + serial).toISOString(),
  source: 'webhook',
  ...facts,
});

const hold = async (
  callId: string,
  held: CallEvent,
  reason: InboxItem['reason'] = 'unreachable',
): Promise<void> => {
  const item = { connection: 'office', callId, workflowId: `call/office/${callId}`, event: held };
  await lab.store.inbox.insert({ ...item, receivedAt: held.receivedAt, reason }, { timeoutMs: 5_000 });
};

const drained = (): Promise<void> =>
  eventually(async () => (await lab.store.inbox.count()) === 0, 'the inbox is empty');

const deliveredTo = (): string[] => lab.gateway.delivered.map(({ ref }) => ref.workflowId);

const hours = (count: number): string =>
  new Date(Date.parse('2026-11-20T10:00:00Z') + count * 3_600_000).toISOString();

describe('the drainer', () => {
  it('delivers what waits as soon as Temporal is back, the events of one call in the order of receipt', async () => {
    lab.gateway.state = 'down';
    const events = Array.from({ length: 20 }, () => event());
    for (const [index, one] of [...events.entries()].reverse()) await hold(`call-${index % 3}`, one);
    startDrainer();
    await eventually(() => drainers.length === 1, 'it runs');
    expect(lab.gateway.asked).toBe(0);
    lab.gateway.state = 'up';
    await drained();
    for (const call of [0, 1, 2]) {
      const wanted = events.filter((_, index) => index % 3 === call).map((one) => one.deliveryKey);
      const got = lab.gateway.delivered.filter(({ ref }) => ref.callId === `call-${call}`);
      expect(got.map((one) => one.event.deliveryKey)).toEqual(wanted);
    }
  });

  it('shares the inbox with the drainers of other processes', async () => {
    const events = Array.from({ length: 60 }, () => event());
    await Promise.all(events.map((one, index) => hold(`call-${index}`, one)));
    startDrainer();
    startDrainer();
    await drained();
    expect(deliveredTo().sort()).toEqual(events.map((_, index) => `call/office/call-${index}`).sort());
  });

  it('keeps what Temporal refuses while others go through, and tries it again', async () => {
    const deliver = lab.gateway.deliver.bind(lab.gateway);
    let refusals = 2;
    lab.gateway.deliver = (ref, one, deadlineMs) => {
      if (ref.callId === 'stuck' && refusals > 0) {
        refusals -= 1;
        return Promise.reject(new Error('not now'));
      }
      return deliver(ref, one, deadlineMs);
    };
    await hold('stuck', event());
    await hold('stuck', event());
    await hold('free', event());
    startDrainer();
    await drained();
    expect(deliveredTo()).toEqual(['call/office/free', 'call/office/stuck', 'call/office/stuck']);
  });

  it('stops after what is under way and gives the rest back', async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const deliver = lab.gateway.deliver.bind(lab.gateway);
    let underWay = 0;
    lab.gateway.deliver = async (...given) => {
      underWay += 1;
      await gate;
      return deliver(...given);
    };
    for (let index = 0; index < 10; index++) await hold(`call-${index % 2}`, event());
    const drainer = startDrainer();
    await eventually(() => underWay === 2, 'one event of each call is under way');
    const stopped = drainer.stop();
    release();
    await stopped;
    expect(deliveredTo().sort()).toEqual(['call/office/call-0', 'call/office/call-1']);
    expect(await lab.store.inbox.count()).toBe(8);
    startDrainer();
    await drained();
    expect(lab.gateway.delivered).toHaveLength(10);
  });

  it('keeps an event that became older than the ledger aside', async () => {
    await hold('old', event({ startedAt: '2020-01-01T00:00:00Z', callerNumber: '79991234567' }));
    startDrainer();
    await drained();
    expect(deliveredTo()).toEqual([]);
    const { items } = await lab.store.rejected.list('office', { limit: 10 });
    expect(items).toMatchObject([{ reason: 'too-old', status: 202, event: 'call-started' }]);
    expect(JSON.parse(items[0]!.body)).toEqual({
      event: 'call-started',
      callId: 'old',
      startedAt: '2020-01-01T00:00:00Z',
      callerNumber: '79991234567',
    });
  });
});

describe('an event whose workflow is over', () => {
  const close = async (callId: string, startedAt: string, deliveryKeys: string[] = []): Promise<void> => {
    lab.gateway.closed.add(`call/office/${callId}`);
    await lab.store.calls.save('office', closedCall(callId, startedAt), 1, { closed: true, deliveryKeys });
  };

  it('is recorded as a late fact, once', async () => {
    await close('done', hours(0), ['known']);
    const late = event();
    await hold('done', late);
    await hold('done', event({ deliveryKey: 'known' }), 'closed');
    startDrainer();
    await drained();
    await hold('done', late);
    await drained();
    expect(await lab.store.calls.get('office', 'done')).toMatchObject({
      marks: ['late-event'],
      events: [{ event: 'call-started' }],
    });
  });

  it('under a counter is a late fact while its start is near', async () => {
    await close('42', hours(0));
    await hold('42', event({ startedAt: hours(11.9) }), 'closed');
    startDrainer();
    await drained();
    expect(deliveredTo()).toEqual([]);
    expect((await lab.store.calls.get('office', '42'))?.marks).toEqual(['late-event']);
  });

  it('under a counter is a later call when its start is far away: all events of it meet in one workflow', async () => {
    await close('42', hours(0));
    const id = `42~${Date.parse(hours(13)) / 1000}`;
    await hold('42', event({ startedAt: hours(13) }), 'closed');
    startDrainer();
    await drained();
    await hold('42', event({ event: 'call-ended', endedAt: hours(13.1), durationSeconds: 60 }), 'closed');
    await hold(`42~1`, event({ event: 'call-answered', answeredAt: hours(13.01) }), 'passed-on');
    await drained();
    expect(deliveredTo()).toEqual(Array.from({ length: 3 }, () => `call/office/${id}`));
    expect(lab.gateway.delivered[0]!.ref).toEqual({
      connection: 'office',
      callId: id,
      workflowId: `call/office/${id}`,
    });
    expect((await lab.store.calls.get('office', '42'))?.marks).toEqual([]);
  });

  it('never begins a call by announcing a recording without a word on when its call was', async () => {
    await close('42', hours(0));
    const announced = (hour: number): CallEvent =>
      event({ event: 'recording-ready', recordingId: '7', receivedAt: hours(hour) });
    await hold('42', announced(13), 'closed');
    startDrainer();
    await drained();
    expect(deliveredTo()).toEqual([]);
    expect((await lab.store.calls.get('office', '42'))?.marks).toEqual(['late-event']);
    // Nor does it hide that there is a later one.
    await hold('42', event({ startedAt: hours(20) }), 'closed');
    await drained();
    await hold('42', announced(40), 'closed');
    await drained();
    const later = `call/office/42~${Date.parse(hours(20)) / 1000}`;
    expect(deliveredTo()).toEqual([later, later]);
  });

  it('goes to exactly the call that won the claim, whatever its id looks like and whenever it began', async () => {
    await hold('41~1000', event({ startedAt: hours(13) }), 'merged');
    startDrainer();
    await drained();
    expect(deliveredTo()).toEqual(['call/office/41~1000']);
  });

  it('goes by the longest call of its connection, and by the receipt when no start was told', async () => {
    const { rules } = connectionOf();
    await lab.put(connectionOf({ rules: { ...rules, maxCallHours: 1 } }));
    await close('7', hours(0));
    await hold('7', event({ receivedAt: hours(2) }), 'closed');
    startDrainer();
    await drained();
    expect(deliveredTo()).toEqual([`call/office/7~${Date.parse(hours(2)) / 1000}`]);
  });

  it('of a later call that is over too is recorded there', async () => {
    await close('42', hours(0));
    const id = `42~${Date.parse(hours(20)) / 1000}`;
    await close(id, hours(20));
    await hold('42', event({ startedAt: hours(20) }), 'closed');
    startDrainer();
    await drained();
    expect((await lab.store.calls.get('office', id))?.marks).toEqual(['late-event']);
  });

  it('goes to the call that its own was merged into, and is recorded there once that is over too', async () => {
    const claim = (callId: string, fromReport: boolean): Promise<unknown> =>
      lab.store.claims.claim(
        {
          connection: 'office',
          callId,
          workflowId: 'w',
          callerHash: `h-${serial}`,
          startedAt: hours(0),
          extension: '201',
          fromReport,
        },
        60_000,
      );
    const [survivor, merged] = [`survivor-${(serial += 1)}`, `report-${serial}`];
    await claim(survivor, false);
    await claim(merged, true);
    await close(merged, hours(0));
    await hold(merged, event({ event: 'call-ended' }), 'closed');
    startDrainer();
    await drained();
    expect(deliveredTo()).toEqual([`call/office/${survivor}`]);
    await close(survivor, hours(0));
    await hold(merged, event({ event: 'call-ended' }));
    await drained();
    expect((await lab.store.calls.get('office', survivor))?.marks).toEqual(['late-event']);
    expect((await lab.store.calls.get('office', merged))?.marks).toEqual([]);
  });

  it('waits for the row of the ledger', async () => {
    lab.gateway.closed.add('call/office/soon');
    await hold('soon', event());
    startDrainer();
    await eventually(() => lab.gateway.asked > 0, 'it was tried');
    await close('soon', hours(0));
    await drained();
    expect((await lab.store.calls.get('office', 'soon'))?.marks).toEqual(['late-event']);
  });
});

describe('ids of later calls', () => {
  it('are the same for all who ask at once', async () => {
    const starts = Array.from({ length: 12 }, (_, index) => hours(100 + index / 600));
    const ids = await Promise.all(
      starts.map((start) => lab.store.reusedIds.callIdFor('office', '9', start, 3_600_000)),
    );
    expect(new Set(ids).size).toBe(1);
    expect(await lab.store.reusedIds.callIdFor('office', '9', hours(110), 3_600_000)).not.toBe(ids[0]);
    expect(await lab.store.reusedIds.callIdFor('office', '9', hours(100.5), 3_600_000)).toBe(ids[0]);
  });
});
