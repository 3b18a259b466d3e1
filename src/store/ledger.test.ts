import { MongoClient } from 'mongodb';
import { openView } from '../../test/support/open-view';
import { newDataKey, openStoreOn } from '../../test/support/test-store';
import type { TestDatabase } from '../../test/support/servers';
import { freshDatabase, mongoOptions } from '../../test/support/servers';
import type { CallEvent } from '../domain/call-event';
import type { CallView } from '../domain/call-view';
import type { PeerAlarm, Store } from '.';

const actor = { id: 'tester', requestId: 'r1' };
const key = newDataKey();

let database: TestDatabase;
let now: Date;
let store: Store;

const open = (keys = key, client?: MongoClient): Promise<Store> =>
  openStoreOn(database, { keys, client, clock: () => now });

beforeEach(async () => {
  database = await freshDatabase();
  now = new Date('2026-11-24T09:00:00Z');
  store = await open();
});
afterEach(() => database.close());

const event = (deliveryKey: string, extra: Partial<CallEvent> = {}): CallEvent => ({
  event: 'call-ended',
  deliveryKey,
  receivedAt: now.toISOString(),
  source: 'webhook',
  callerNumber: '79990001122',
  ...extra,
});

const view = (callId: string, extra: Partial<CallView> = {}): CallView =>
  openView(callId, { extension: '201', caller: '…22', startedAt: '2026-11-24T12:00:00+03:00', ...extra });

async function rawText(): Promise<string> {
  const collections = await database.db.collections();
  const all = await Promise.all(collections.map((collection) => collection.find().toArray()));
  return JSON.stringify(all);
}

describe('the ledger', () => {
  it('never lets an older revision overwrite a newer one', async () => {
    await Promise.all(
      [3, 1, 2].map((revision) => store.calls.save('office', view('c1', { userId: revision }), revision)),
    );
    expect((await store.calls.get('office', 'c1'))?.userId).toBe(3);
  });

  it('keeps requests apart from the view, and a row of requests alone is no call yet', async () => {
    store.calls.appendRequest('office', 'c1', {
      method: 'register',
      at: now.toISOString(),
      attempt: 1,
      outcome: 'ok',
    });
    expect(await store.calls.get('office', 'c1')).toBeNull();
    await store.calls.save('office', view('c1'), 1);
    expect((await store.calls.get('office', 'c1'))?.requests).toHaveLength(1);
  });

  it('keeps requests in their order, also those that come with a write that is too old', async () => {
    const add = (method: string): void =>
      store.calls.appendRequest('office', 'c1', { method, at: now.toISOString(), attempt: 1, outcome: 'ok' });
    add('register');
    await store.calls.save('office', view('c1'), 2);
    add('finish');
    await store.calls.save('office', view('c1', { state: 'attention' }), 1);
    add('attach');
    const stored = await store.calls.get('office', 'c1');
    expect(stored?.requests.map(({ method }) => method)).toEqual(['register', 'finish', 'attach']);
    expect(stored).toMatchObject({ state: 'open', revision: 2 });
  });

  it('tells a repeat from a late fact once a call is closed', async () => {
    expect(await store.calls.appendLateEvent('office', 'c1', event('k1'))).toBe('no-call');
    await store.calls.save('office', view('c1', { state: 'finished' }), 1, {
      deliveryKeys: ['k1'],
      closed: true,
    });
    expect(await store.calls.appendLateEvent('office', 'c1', event('k1'))).toBe('known');
    expect(await store.calls.appendLateEvent('office', 'c1', event('k2'))).toBe('recorded');
    expect(await store.calls.appendLateEvent('office', 'c1', event('k2'))).toBe('known');
    expect(await store.calls.get('office', 'c1')).toMatchObject({
      marks: ['late-event'],
      events: [{ event: 'call-ended' }],
    });
  });

  it('lists by filter, newest first, in pages', async () => {
    for (let hour = 0; hour < 5; hour++)
      await store.calls.save(
        'office',
        view(`c${hour}`, {
          startedAt: `2026-11-24T1${hour}:00:00+03:00`,
          state: hour === 2 ? 'attention' : 'open',
        }),
        1,
      );
    const first = await store.calls.list('office', {}, { limit: 3 });
    expect(first.items.map((call) => call.callId)).toEqual(['c4', 'c3', 'c2']);
    const rest = await store.calls.list('office', {}, { limit: 3, cursor: first.nextCursor! });
    expect(rest.items.map((call) => call.callId)).toEqual(['c1', 'c0']);
    expect(
      (await store.calls.list('office', { state: 'attention' }, { limit: 3 })).items.map(
        (call) => call.callId,
      ),
    ).toEqual(['c2']);
    expect(
      (
        await store.calls.list(
          'office',
          { from: '2026-11-24T08:00:00Z', to: '2026-11-24T09:00:00Z' },
          { limit: 9 },
        )
      ).items.map((call) => call.callId),
    ).toEqual(['c2', 'c1']);
  });

  it('erases what is personal and keeps the row, so that a repeat doubles nothing', async () => {
    await store.calls.save('office', view('c1'), 1, { callerHash: 'h', closed: true, deliveryKeys: ['k1'] });
    await store.calls.save('office', view('open'), 1, { callerHash: 'h' });
    expect(await store.calls.erase('office', ['c1', 'open'], [])).toBe(1);
    expect(await store.calls.get('office', 'c1')).toMatchObject({ caller: null });
    const left = await store.calls.list('office', { callerHash: 'h' }, { limit: 5 });
    expect(left.items.map(({ callId }) => callId)).toEqual(['open']);
    expect(await store.calls.appendLateEvent('office', 'c1', event('k1'))).toBe('known');
  });
});

describe('a physical call told by two sources', () => {
  const claim = (callId: string, fromReport: boolean, offsetMs = 0): ReturnType<Store['claims']['claim']> =>
    store.claims.claim(
      {
        connection: 'office',
        callId,
        workflowId: 'w',
        callerHash: 'h',
        startedAt: new Date(now.getTime() + offsetMs).toISOString(),
        extension: '201',
        fromReport,
      },
      60_000,
    );

  it('belongs to the first who claims it, whichever that is, and stays so', async () => {
    expect(await claim('a', false)).toEqual({ won: true });
    expect(await claim('report-1', true, 5_000)).toEqual({ won: false, survivorCallId: 'a' });
    expect(await claim('report-1', true, 5_000)).toEqual({ won: false, survivorCallId: 'a' });
    expect(await claim('a', false)).toEqual({ won: true });
    expect(await store.claims.survivorOf('office', 'report-1')).toBe('a');
    await database.db.collection('merged_calls').insertOne({ _id: 'office/a', survivorCallId: 'b' } as never);
    expect(await store.claims.survivorOf('office', 'report-1')).toBe('b');
  });

  it('has one owner when both claim at once', async () => {
    const results = await Promise.all([claim('a', false), claim('report-1', true)]);
    expect(results.filter((result) => result.won)).toHaveLength(1);
  });

  it('is not mixed with another call of the same client', async () => {
    await claim('a', false);
    expect(await claim('b', false, 1_000)).toEqual({ won: true });
    expect(await claim('report-1', true, 600_000)).toEqual({ won: true });
  });
});

describe('the inbox', () => {
  const item = (callId: string, deliveryKey: string): Parameters<Store['inbox']['insert']>[0] => ({
    connection: 'office',
    callId,
    workflowId: `call/office/${callId}`,
    event: event(deliveryKey),
    receivedAt: now.toISOString(),
    reason: 'unreachable',
  });

  it('holds one item for each event, leases it once, and gives it back when the lease ends', async () => {
    await store.inbox.insert(item('c1', 'k1'), { timeoutMs: 5_000 });
    await store.inbox.insert(item('c1', 'k1'), { timeoutMs: 5_000 });
    const leased = await Promise.all([store.inbox.lease('a', 5, 1000), store.inbox.lease('b', 5, 1000)]);
    expect(leased.flat()).toHaveLength(1);
    expect(leased.flat()[0]!.event).toEqual(event('k1'));
    expect(await store.inbox.lease('a', 5, 1000)).toEqual([]);
    now = new Date(now.getTime() + 1001);
    const [again] = await store.inbox.lease('b', 5, 1000);
    expect(again).toMatchObject({ attempts: 2 });
    await store.inbox.done(again!.id);
    expect(await store.inbox.forCall('office', 'c1')).toEqual([]);
  });
});

describe('the portal budget', () => {
  it('is never exceeded by several processes together', async () => {
    const second = await new MongoClient(database.uri, mongoOptions).connect();
    try {
      const other = await open(key, second);
      const from = Date.now();
      const takes = await Promise.all(
        Array.from({ length: 120 }, (_, index) =>
          (index % 2 ? store : other).budget.take('portal', 'standard', 'register', 'm'),
        ),
      );
      const taken = takes.filter((take) => take.waitMs === 0).length;
      expect(taken).toBeGreaterThanOrEqual(48);
      expect(taken).toBeLessThanOrEqual(48 + Math.ceil(((Date.now() - from) / 1000) * 2));
    } finally {
      await second.close();
    }
  });

  it('keeps room for live calls when recordings have used up their share', async () => {
    for (;;) if ((await store.budget.take('portal', 'standard', 'recording', 'm')).waitMs > 0) break;
    expect((await store.budget.take('portal', 'standard', 'register', 'm')).waitMs).toBe(0);
  });

  it('waits after a refusal, and longer for a blocked method, which holds no other up', async () => {
    await store.budget.refused('portal', 'standard');
    expect((await store.budget.take('portal', 'standard', 'register', 'm')).waitMs).toBeGreaterThan(500);
    await store.budget.block('other', 'attach', new Date(Date.now() + 60_000));
    expect((await store.budget.take('other', 'standard', 'recording', 'ATTACH')).waitMs).toBeGreaterThan(
      50_000,
    );
    expect((await store.budget.take('other', 'standard', 'register', 'register')).waitMs).toBe(0);
  });
});

describe('admin keys', () => {
  it('are stored hashed, verified, scoped and deleted', async () => {
    const { key: made, secret } = await store.adminKeys.create(
      { name: 'ops', role: 'viewer', connections: ['office'] },
      actor,
    );
    expect(await rawText()).not.toContain(secret);
    expect(await store.adminKeys.verify(secret)).toMatchObject({
      id: made.id,
      role: 'viewer',
      connections: ['office'],
    });
    expect(await store.adminKeys.verify(`${secret}x`)).toBeNull();
    expect(await store.adminKeys.delete(made.id, actor)).toBe('deleted');
    expect(await store.adminKeys.delete(made.id, actor)).toBe('missing');
    expect(await store.adminKeys.verify(secret)).toBeNull();
  });
});

describe('admin keys that may do everything', () => {
  it('are never all removed, not by two servers at once', async () => {
    const client = await new MongoClient(database.uri, mongoOptions).connect();
    try {
      const other = await open(key, client);
      const master = { role: 'admin' as const, connections: null };
      const makeOne = async (): Promise<string> =>
        (await store.adminKeys.create({ name: 'm', ...master }, actor)).key.id;
      await store.adminKeys.create({ name: 'reads', role: 'viewer', connections: null }, actor);
      await store.adminKeys.create({ name: 'scoped', role: 'admin', connections: ['office'] }, actor);
      let left = await makeOne();
      for (let round = 0; round < 5; round += 1) {
        const another = await makeOne();
        const outcomes = await Promise.all([
          store.adminKeys.delete(left, actor),
          other.adminKeys.delete(another, actor),
        ]);
        expect([...outcomes].sort()).toEqual(['deleted', 'last-master']);
        expect(await store.adminKeys.hasMaster()).toBe(true);
        if (outcomes[0] === 'deleted') left = another;
      }
    } finally {
      await client.close();
    }
  });
});

describe('health', () => {
  it('lets one caller probe at a time', async () => {
    await store.health.report('office', 'bitrix24', {
      ok: false,
      reason: 'wrong-auth-type',
      mend: 'mend it',
    });
    now = new Date(now.getTime() + 61_000);
    const probes = await Promise.all(
      [1, 2, 3].map(() => store.health.mayProbe('office', 'bitrix24', 60_000)),
    );
    expect(probes.filter(Boolean)).toHaveLength(1);
    expect(await store.health.get('office')).toMatchObject({
      bitrix24: { ok: false, reason: 'wrong-auth-type' },
    });
  });

  it('is one alarm for all processes, one all-clear, and one alarm in ten minutes while a peer flaps', async () => {
    const told: string[] = [];
    const onAlarm = ({ change, peer, reason }: PeerAlarm): unknown =>
      told.push([change, peer, reason].join(' '));
    const openTold = (): Promise<Store> => openStoreOn(database, { keys: key, clock: () => now, onAlarm });
    const [first, second] = [await openTold(), await openTold()];
    const down = { ok: false, reason: 'portal-unreachable', mend: 'mend it' };
    const step = async (health: typeof down | { ok: true }, afterMs: number): Promise<void> => {
      now = new Date(now.getTime() + afterMs);
      await Promise.all([first, second].map((store) => store.health.report('flaps', 'bitrix24', health)));
    };
    for (let call = 0; call < 50; call += 1) await step(down, 1_000);
    await step({ ...down, reason: 'portal-timeout' }, 1_000);
    expect(told).toEqual(['raised bitrix24 portal-unreachable']);
    await step({ ok: true }, 1_000);
    for (let flap = 0; flap < 5; flap += 1) {
      await step(down, 1_000);
      await step({ ok: true }, 1_000);
    }
    expect(told.slice(1)).toEqual(['cleared bitrix24 ']);
    await step(down, 600_000);
    expect(told.slice(2)).toEqual(['raised bitrix24 portal-unreachable']);
    expect(await first.health.list()).toContainEqual({ connection: 'flaps', peer: 'bitrix24', ok: false });
  });
});
