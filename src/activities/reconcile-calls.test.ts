import { PeerError } from '../domain/peer-error';
import { logRow, ReconcileWorld, reconcileNow } from '../../test/support/reconcile-world';
import { testConnection } from '../../test/support/test-connection';
import { openTestStore } from '../../test/support/test-store';
import type { TestStore } from '../../test/support/test-store';

const hourMs = 3_600_000;

let stored: TestStore;
let world: ReconcileWorld;
let serial = 0;

beforeAll(async () => {
  stored = await openTestStore(() => reconcileNow);
});
afterAll(() => stored.close());
beforeEach(async () => {
  serial += 1;
  world = await newWorld();
});

function newWorld(threecx: Parameters<typeof testConnection>[1] = {}): Promise<ReconcileWorld> {
  const connection = testConnection('https://pbx.example.com', threecx, `office-${serial}`);
  return new ReconcileWorld(stored.store, connection).open();
}

const missing = (reason: string, reaction: PeerError['reaction'] = 'not-yet'): PeerError =>
  new PeerError('threecx', reaction, reason, { mend: 'Do something.' });

describe('a call that nobody knows', () => {
  it('goes into the inbox as events, its end first, with its line', async () => {
    const row = logRow(10, 41);
    world.rows = [row];
    world.dids = [
      { historyId: row.historyId, startedAt: row.startedAt, callerNumber: '', did: '+7 495 123-45-67' },
    ];
    const outcome = await world.reconcile();
    expect(outcome).toMatchObject({ healed: [{ callId: row.historyId, what: 'whole-call' }], lookedAt: 1 });
    const held = await world.held();
    expect(held.map(({ event }) => event.event)).toEqual(['call-ended', 'call-ringing', 'call-answered']);
    expect(held[0]).toMatchObject({
      callId: row.historyId,
      reason: 'replay',
      event: {
        callerNumber: '79161234567',
        did: '74951234567',
        startedAt: row.startedAt,
        source: 'call-log',
      },
    });
  });

  it('is left alone by the next look, whether its events still wait, run, or are done', async () => {
    const row = logRow(10, 41);
    const id = row.historyId!;
    world.rows = [row];
    await world.reconcile();
    const before = (await world.held()).map(({ id: item }) => item);
    const waiting = await world.reconcile();
    expect(waiting).toMatchObject({ healed: [], notHealed: [{ callId: id, reason: 'events-waiting' }] });
    expect((await world.held()).map(({ id: item }) => item)).toEqual(before);
    for (const item of before) await world.store.inbox.done(item);
    world.runs(id, null);
    expect(await world.reconcile()).toMatchObject({
      healed: [],
      notHealed: [{ reason: 'workflow-starting' }],
    });
    await world.ledger(id, 10, { closed: true });
    expect(await world.reconcile()).toMatchObject({ healed: [], notHealed: [] });
    expect(await world.held()).toEqual([]);
  });

  it('comes without its line when the report of inbound calls cannot be had', async () => {
    world.rows = [logRow(10, 41)];
    world.dids = missing('call-log-right-missing', 'authorisation');
    expect((await world.reconcile()).healed).toHaveLength(1);
    expect((await world.held())[0]!.event.did).toBeUndefined();
  });

  it('is left for later when it has just ended', async () => {
    world.rows = [logRow(2, 41)];
    expect((await world.reconcile()).notHealed).toMatchObject([{ reason: 'just-ended' }]);
    expect(await world.held()).toEqual([]);
  });

  it('has just ended when its end is a while ago by a PBX whose clock is slow', async () => {
    world.rows = [logRow(10, 41)];
    world.skewMs = -8.5 * 60_000;
    expect((await world.reconcile()).notHealed).toMatchObject([{ reason: 'just-ended' }]);
  });

  it('may be one whose workflow has just begun under another id, so it waits for that row', async () => {
    world.rows = [logRow(10, 41)];
    world.openRuns = [{ callId: 'crm-7781', startedAtMs: reconcileNow.getTime() - 10 * 60_000 }];
    expect((await world.reconcile()).notHealed).toMatchObject([{ reason: 'workflow-starting' }]);
    await world.ledger('crm-7781', 10, { number: '79035550011', closed: true });
    expect((await world.reconcile()).healed).toHaveLength(1);
  });

  it('may be one whose events wait under another id', async () => {
    world.rows = [logRow(10, 41)];
    await world.store.inbox.insert(
      {
        connection: world.connection.id,
        callId: 'crm-7781',
        workflowId: `call/${world.connection.id}/crm-7781`,
        receivedAt: reconcileNow.toISOString(),
        reason: 'unreachable',
        event: {
          event: 'call-ended',
          deliveryKey: 'k',
          receivedAt: reconcileNow.toISOString(),
          source: 'webhook',
          callerNumber: '79161234567',
          startedAt: logRow(10, 41).startedAt,
        },
      },
      { timeoutMs: 5_000 },
    );
    expect(await world.reconcile()).toMatchObject({ healed: [], notHealed: [{ reason: 'events-waiting' }] });
  });

  it('is found by its id even if the ledger has a start far from the true one', async () => {
    const row = logRow(10, 41);
    world.rows = [row];
    await world.ledger(row.historyId!, 3_000, { closed: true });
    expect(await world.reconcile()).toMatchObject({ healed: [], notHealed: [] });
  });

  it('is another one than the call of the same client two minutes before', async () => {
    world.rows = [logRow(12, 41), logRow(10, 42)];
    await world.ledger('crm-1', 12, { closed: true });
    expect((await world.reconcile()).healed).toEqual([
      { callId: logRow(10, 42).historyId, what: 'whole-call' },
    ]);
  });
});

describe('a call whose row was never written because MongoDB was away', () => {
  const row = logRow(10, 41);
  const id = row.historyId!;

  it.each<[boolean | null, unknown, unknown]>([
    [false, [{ callId: id, what: 'end' }], []],
    [true, [], []],
    [null, [], [{ callId: id, reason: 'workflow-starting' }]],
  ])(
    'gets its end when its workflow runs and was not told it (told: %s)',
    async (told, healed, notHealed) => {
      world.rows = [row];
      world.runs(id, told);
      expect(await world.reconcile()).toMatchObject({ healed, notHealed });
      expect((await world.held()).map(({ event }) => event.event)).toEqual(
        told === false ? ['call-ended'] : [],
      );
    },
  );

  it('is taken up again when its workflow was terminated', async () => {
    world.rows = [row];
    world.runsById.set(`call/${world.connection.id}/${id}`, { running: false, endTold: null });
    expect((await world.reconcile()).healed).toEqual([{ callId: id, what: 'restarted' }]);
  });
});

describe('a call that is open here and over in the PBX', () => {
  it('gets its end, under its own id', async () => {
    world.rows = [logRow(10, 41)];
    await world.ledger('41', 10);
    world.runs('41');
    expect((await world.reconcile()).healed).toEqual([{ callId: '41', what: 'end' }]);
    const held = await world.held();
    expect(held).toHaveLength(1);
    expect(held[0]).toMatchObject({
      callId: '41',
      event: { event: 'call-ended', extension: '101', durationSeconds: 60, status: 'answered' },
    });
  });

  it.each([true, null])('gets no second end when it knows one or does not say (%s)', async (endTold) => {
    world.rows = [logRow(10, 41)];
    await world.ledger('41', 10);
    world.runs('41', endTold);
    expect(await world.reconcile()).toMatchObject({ healed: [], notHealed: [] });
  });

  it('gets no end when it may be the next call of the same client', async () => {
    world.rows = [logRow(10, 41)];
    await world.ledger('crm-2', 9);
    world.runs('crm-2');
    expect((await world.reconcile()).notHealed).toMatchObject([{ reason: 'unclear' }]);
    expect(await world.held()).toEqual([]);
  });

  it('is taken up again when its workflow is gone', async () => {
    world.rows = [logRow(10, 41)];
    await world.ledger('41', 10);
    world.runsById.set(`call/${world.connection.id}/41`, { running: false, endTold: null });
    expect((await world.reconcile()).healed).toEqual([{ callId: '41', what: 'restarted' }]);
    expect(world.restarted[0]).toMatchObject({ callId: '41', events: [{ event: 'call-ended' }, {}, {}] });
    world.restartable = false;
    expect((await world.reconcile()).notHealed).toMatchObject([{ callId: '41', reason: 'workflow-over' }]);
  });

  it('is taken up again when Temporal has lost everything', async () => {
    world.rows = [logRow(10, 41)];
    await world.ledger('41', 10);
    expect((await world.reconcile()).healed).toEqual([{ callId: '41', what: 'restarted' }]);
  });
});

describe('how far a look goes back', () => {
  const reach = (): number => reconcileNow.getTime() - world.asked[0]!.from.getTime();

  it('is a day, in pieces that do not touch', async () => {
    await world.reconcile(false);
    expect(reach()).toBe(24 * hourMs);
    const [first, second] = world.asked;
    expect(second!.from.getTime() - first!.to.getTime()).toBe(1);
    expect(world.asked.at(-1)!.to).toEqual(reconcileNow);
  });

  it('does not reach to what was before the connection, unless somebody orders it', async () => {
    await world.store.reconcile.delete(world.connection.id);
    await world.reconcile(false);
    expect(reach()).toBe(hourMs / 4);
    world.asked.length = 0;
    await world.reconcile(true);
    expect(reach()).toBe(24 * hourMs);
  });

  it('is less between two full looks, unless it was ordered', async () => {
    await world.reconcile(false);
    world.asked.length = 0;
    await world.reconcile(false);
    expect(reach()).toBe(2 * hourMs);
    world.asked.length = 0;
    await world.reconcile(true);
    expect(reach()).toBe(24 * hourMs);
  });

  it('covers the time in which the PBX could not be asked', async () => {
    await world.reconcile();
    world.now = new Date(reconcileNow.getTime() + 30 * hourMs);
    world.rows = missing('pbx-unreachable');
    expect((await world.reconcile(false)).notHealed).toEqual([
      { reason: 'pbx-unreachable', mend: 'Do something.' },
    ]);
    world.rows = [];
    world.asked.length = 0;
    await world.reconcile(false);
    expect(world.asked[0]!.from.getTime()).toBe(reconcileNow.getTime() - 24 * hourMs);
  });
});

describe('a PBX without a call log for us', () => {
  it('is not asked at all with a token that is not for it', async () => {
    serial += 1;
    world = await newWorld({ auth: { kind: 'token', token: 't' }, recordings: 'by-call-id' });
    expect((await world.reconcile()).notHealed).toMatchObject([{ reason: 'no-call-log' }]);
    expect(world.asked).toEqual([]);
  });

  it('is asked again after a day only, or when somebody orders it', async () => {
    world.rows = missing('xapi-missing');
    await world.reconcile(false);
    world.asked.length = 0;
    expect((await world.reconcile(false)).notHealed).toMatchObject([{ reason: 'xapi-missing' }]);
    expect(world.asked).toEqual([]);
    await world.reconcile(true);
    expect(world.asked).toHaveLength(1);
    world.asked.length = 0;
    world.now = new Date(reconcileNow.getTime() + 25 * hourMs);
    world.rows = [];
    await world.reconcile(false);
    expect(world.asked.length).toBeGreaterThan(0);
  });

  it('shows a missing right as the health of the connection', async () => {
    world.rows = missing('call-log-right-missing', 'authorisation');
    await world.reconcile(false);
    expect((await world.store.health.get(world.connection.id)).threecx).toMatchObject({
      ok: false,
      reason: 'call-log-right-missing',
    });
  });

  it('and rows without history ids are said so', async () => {
    world.rows = [logRow(10, 41, { historyId: null, mainHistoryId: null })];
    expect((await world.reconcile()).notHealed).toMatchObject([{ reason: 'rows-without-history-id' }]);
  });
});

it('ends the schedule of a connection that is no more', async () => {
  const gone = new ReconcileWorld(stored.store, testConnection('https://pbx.example.com', {}, 'gone'));
  expect((await gone.reconcile()).notHealed).toEqual([{ reason: 'connection-missing' }]);
  expect(gone.droppedSchedules).toEqual(['gone']);
});

it('tells no phone number in what it answers', async () => {
  world.rows = [logRow(10, 41), logRow(2, 42), logRow(20, 43, { historyId: null, mainHistoryId: null })];
  expect(JSON.stringify(await world.reconcile())).not.toContain('9161234567');
});
