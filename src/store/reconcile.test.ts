import { openView } from '../../test/support/open-view';
import { openTestStore } from '../../test/support/test-store';
import type { TestStore } from '../../test/support/test-store';
import type { CallView } from '../domain/call-view';

let stored: TestStore;
beforeEach(async () => {
  stored = await openTestStore();
});
afterEach(() => stored.close());

const view = (callId: string, startedAt: string, extra: Partial<CallView> = {}): CallView =>
  openView(callId, { startedAt, ...extra });

describe('the calls that started in a range', () => {
  const range = (): [Date, Date] => [new Date('2026-03-10T10:00:00Z'), new Date('2026-03-10T11:00:00Z')];

  it('are listed with both ends, oldest first, whatever the offset of their start', async () => {
    const { calls } = stored.store;
    await calls.save('office', view('late', '2026-03-10T11:00:00Z'), 1);
    await calls.save('office', view('early', '2026-03-10T13:00:00+03:00'), 1);
    await calls.save('office', view('outside', '2026-03-10T11:00:01Z'), 1);
    await calls.save('elsewhere', view('foreign', '2026-03-10T10:30:00Z'), 1);
    calls.appendRequest('office', 'stub', { method: 'm', at: '', attempt: 1, outcome: 'ok' });
    await stored.store.settle();
    expect((await calls.startedBetween('office', ...range(), 10)).map(({ callId }) => callId)).toEqual([
      'early',
      'late',
    ]);
    expect(await calls.startedBetween('office', ...range(), 1)).toHaveLength(1);
  });

  it('tell what a comparison needs, and nothing of an erased caller', async () => {
    const { calls } = stored.store;
    const ended = view('one', '2026-03-10T10:30:00Z', {
      events: [{ event: 'call-ended', at: '2026-03-10T10:31:00Z', source: 'webhook' }],
    });
    await calls.save('office', ended, 1, { callerHash: 'ivan', closed: true });
    expect(await calls.startedBetween('office', ...range(), 10)).toEqual([
      {
        callId: 'one',
        workflowId: 'call/office/one',
        startedAt: '2026-03-10T10:30:00Z',
        answeredAt: null,
        callerHash: 'ivan',
        direction: 'inbound',
        extension: '101',
        state: 'open',
        closed: true,
        bitrix24CallId: null,
        marks: [],
        endTold: true,
      },
    ]);
    await calls.erase('office', ['one'], []);
    expect(await calls.startedBetween('office', ...range(), 10)).toMatchObject([{ callerHash: null }]);
  });

  it('are found by an index', async () => {
    const plan = await stored.database.db
      .collection('calls')
      .find({ connection: { $eq: 'office' }, 'view.startedAtMs': { $gte: 0, $lte: 1 } })
      .sort({ 'view.startedAtMs': 1, _id: 1 })
      .explain();
    const { winningPlan } = plan.queryPlanner as { winningPlan: object };
    expect(JSON.stringify(winningPlan)).toContain('IXSCAN');
    expect(JSON.stringify(winningPlan)).not.toContain('"SORT"');
  });
});

it('remembers how far each call log was read, and forgets it with the connection', async () => {
  const { reconcile } = stored.store;
  const nothing = { readTo: null, fullAt: null, missing: null };
  expect(await reconcile.get('office')).toMatchObject(nothing);
  const missing = { reason: 'xapi-missing', mend: 'Do.', fingerprint: 'f', at: '2026-03-10T10:00:00Z' };
  await reconcile.put('office', { readTo: '2026-03-10T10:00:00Z' });
  await reconcile.put('office', { missing });
  expect(await reconcile.get('office')).toMatchObject({
    readTo: '2026-03-10T10:00:00Z',
    fullAt: null,
    missing,
  });
  expect(await reconcile.get('elsewhere')).toMatchObject(nothing);
  await reconcile.delete('office');
  expect(await reconcile.get('office')).toMatchObject(nothing);
});

it('shows what the inbox holds of one connection', async () => {
  const { inbox } = stored.store;
  const insert = (connection: string, callId: string, receivedAt: string): Promise<void> =>
    inbox.insert(
      {
        connection,
        callId,
        workflowId: `call/${connection}/${callId}`,
        receivedAt,
        reason: 'replay',
        event: { event: 'call-ended', deliveryKey: callId, receivedAt, source: 'call-log' },
      },
      { timeoutMs: 5_000 },
    );
  await insert('office', 'b', '2026-03-10T10:00:02Z');
  await insert('office', 'a', '2026-03-10T10:00:01Z');
  await insert('elsewhere', 'c', '2026-03-10T10:00:00Z');
  expect((await inbox.forConnection('office', 10)).map(({ callId }) => callId)).toEqual(['a', 'b']);
  expect(await inbox.forConnection('office', 1)).toHaveLength(1);
});
