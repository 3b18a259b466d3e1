import type { TestStore } from '../../test/support/test-store';
import { openTestStore } from '../../test/support/test-store';
import { openView } from '../../test/support/open-view';
import type { CallView } from '../domain/call-view';
import { currentMarks } from './current-marks';

const actor = { id: 'tester' };
let stored: TestStore;

beforeAll(async () => {
  stored = await openTestStore();
});
afterAll(() => stored.close());

const save = (callId: string, change: Partial<CallView>): Promise<void> =>
  stored.store.calls.save(
    'office',
    openView(callId, { state: 'finished', marks: ['late-event', 'unmapped-extension'], ...change }),
    1,
  );
const marksOf = async (callId: string): Promise<string[] | undefined> =>
  (await stored.store.calls.get('office', callId))?.marks;

describe('the mark of an extension that nobody mapped', () => {
  it('goes from its calls when it is mapped, one by one or many at once', async () => {
    await save('a', { extension: '301' });
    await save('b', { extension: '302' });
    await save('c', { extension: '303' });
    const { extensions } = stored.store;
    await extensions.put('office', { key: '301', value: { userId: 1 }, origin: 'manual' }, actor);
    expect(await marksOf('a')).toEqual(['late-event']);
    const rows = [{ key: '302', value: { userId: 2 }, origin: 'import' }];
    await extensions.putMany('office', rows, actor, { dryRun: true });
    expect(await marksOf('b')).toEqual(['late-event', 'unmapped-extension']);
    await extensions.putMany('office', rows, actor, { dryRun: false });
    expect(await marksOf('b')).toEqual(['late-event']);
    expect(await marksOf('c')).toEqual(['late-event', 'unmapped-extension']);
  });

  it('goes also when the same mapping is written again, so that a write that broke off can be repeated', async () => {
    const row = { key: '304', value: { kind: 'queue' as const }, origin: 'manual' };
    await stored.store.extensions.put('office', row, actor);
    await save('d', { extension: '304' });
    await stored.store.extensions.put('office', row, actor);
    expect(await marksOf('d')).toEqual(['late-event']);
  });

  it('is found by an index', async () => {
    const plan = await stored.database.db
      .collection('calls')
      .find({
        connection: 'office',
        'view.extension': { $in: ['301', '302'] },
        'view.marks': 'unmapped-extension',
      })
      .explain('queryPlanner');
    expect(JSON.stringify(plan)).toContain('connection_1_view.extension_1');
  });

  it('is not brought back by a workflow that does not know of the mapping', async () => {
    await stored.store.extensions.put('office', { key: '305', value: { userId: 5 }, origin: 'sync' }, actor);
    const view = { state: 'finished' as const, extension: '305', marks: ['unmapped-extension'] };
    expect(await currentMarks(stored.store, 'office', view)).toEqual([]);
    // Until the end nobody knows whose call it becomes.
    expect(await currentMarks(stored.store, 'office', { ...view, state: 'open' })).toEqual(view.marks);
    expect(await currentMarks(stored.store, 'office', { ...view, extension: '399' })).toEqual(view.marks);
  });
});

describe('the list of what needs a person', () => {
  it('holds every call that waits for somebody, whatever its state, and uses an index', async () => {
    const attention = { reason: 'r', mend: 'm', since: '2026-11-24T09:00:00Z' };
    await stored.store.calls.save('needs', openView('open', { state: 'attention', attention }), 1);
    await stored.store.calls.save('needs', openView('recording', { state: 'finished', attention }), 1);
    await stored.store.calls.save('needs', openView('fine', { state: 'finished' }), 1);
    const ids = async (filter: object): Promise<string[]> =>
      (await stored.store.calls.list('needs', filter, { limit: 10 })).items.map((call) => call.callId).sort();
    expect(await ids({ attention: true })).toEqual(['open', 'recording']);
    expect(await ids({ attention: false })).toEqual(['fine']);
    expect(await ids({ attention: true, state: 'finished' })).toEqual(['recording']);
    await stored.store.calls.save('needs', openView('open', { state: 'finished' }), 2);
    expect(await ids({ attention: true })).toEqual(['recording']);
    const plan = await stored.database.db
      .collection('calls')
      .find({ connection: 'needs', 'view.attention.since': { $exists: true } })
      .sort({ 'view.startedAtMs': -1, _id: -1 })
      .explain('queryPlanner');
    expect(JSON.stringify(plan)).toContain('"attention"');
  });
});
