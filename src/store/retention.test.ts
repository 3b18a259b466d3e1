import { openView } from '../../test/support/open-view';
import type { TestStore } from '../../test/support/test-store';
import { openTestStore, rejectedWebhook } from '../../test/support/test-store';
import type { Retention } from '../domain/connection';
import { testConnection } from '../../test/support/test-connection';

const dayMs = 86_400_000;
const started = new Date('2026-11-25T09:00:00Z');
const actor = { id: 'tester' };

let now: Date;
let lab: TestStore;
beforeEach(async () => {
  now = started;
  lab = await openTestStore(() => now);
});
afterEach(() => lab.close());

/** A connection with something of everything that may be personal. */
async function fill(id: string, retention?: Retention): Promise<void> {
  const { store } = lab;
  await store.connections.put({ ...testConnection('https://pbx.example.com', {}, id), retention }, actor);
  await store.calls.save(id, openView('c1', { caller: '…67', did: '74951234567' }), 1, { callerHash: 'h' });
  await store.rejected.insert(rejectedWebhook(id, now.toISOString(), { body: '79991234567' }));
  const event = {
    event: 'call-ended',
    deliveryKey: 'k',
    receivedAt: now.toISOString(),
    source: 'w',
  } as const;
  const item = { connection: id, callId: 'c1', workflowId: 'w', event, receivedAt: now.toISOString() };
  await store.inbox.insert({ ...item, reason: 'busy' }, { timeoutMs: 5_000 });
}

/** What is left of it. */
async function left(id: string): Promise<string[]> {
  const { store } = lab;
  const row = await store.calls.get(id, 'c1');
  return [
    ...(row?.caller === '…67' && row.did !== null ? ['call'] : []),
    ...((await store.rejected.list(id, { limit: 1 })).items.length === 1 ? ['rejected'] : []),
    ...((await store.inbox.forConnection(id, 1)).length === 1 ? ['inbox'] : []),
  ];
}

const afterDays = async (days: number): Promise<number> => {
  now = new Date(started.getTime() + days * dayMs);
  return lab.store.purgePersonal(now);
};

it('is as the settings say where a connection says nothing: 90 days here', async () => {
  await fill('office');
  await afterDays(89.9);
  expect(await left('office')).toEqual(['call', 'rejected', 'inbox']);
  expect(await afterDays(90.1)).toBe(3);
  expect(await left('office')).toEqual([]);
  // The row stays, so that a repeat doubles nothing.
  expect(await lab.store.calls.get('office', 'c1')).toMatchObject({ callId: 'c1', caller: null, did: null });
});

it.each<[Retention, number, string[]]>([
  [{ personalDays: 2 }, 2.1, []],
  [{ personalDays: 2 }, 1.9, ['call', 'rejected', 'inbox']],
  [{ rejectedDays: 1 }, 1.1, ['call', 'inbox']],
  [{ inboxDays: 1 }, 1.1, ['call', 'rejected']],
  [{ personalDays: 1, rejectedDays: 5, inboxDays: 5 }, 1.1, ['rejected', 'inbox']],
  [{ personalDays: 0.001 }, 0.0011, []],
  [{ personalDays: 200 }, 100, ['call', 'rejected', 'inbox']],
])('with %j there are after %d days: %j', async (retention, days, expected) => {
  await fill('office', retention);
  await fill('other');
  await afterDays(days);
  expect(await left('office')).toEqual(expected);
  expect(await left('other')).toEqual(days > 90 ? [] : ['call', 'rejected', 'inbox']);
});

it('is shortened for what is there already, and ends with the settings when the connection is gone', async () => {
  await fill('office', { personalDays: 200 });
  await afterDays(100);
  const { value } = (await lab.store.connections.get('office'))!;
  await lab.store.connections.put({ ...value, retention: { personalDays: 50 } }, actor);
  expect(await afterDays(100)).toBe(3);

  now = started;
  await fill('gone', { personalDays: 200 });
  await lab.store.connections.delete('gone', actor);
  await afterDays(89);
  expect(await left('gone')).toEqual(['call', 'rejected', 'inbox']);
  await afterDays(91);
  expect(await left('gone')).toEqual([]);
});

it('clears rows of an older version by the time that they were given', async () => {
  await fill('office');
  const calls = lab.database.db.collection('calls');
  const personalUntil = new Date(started.getTime() + 10 * dayMs);
  await calls.updateMany({}, { $unset: { createdAt: '' }, $set: { personalUntil } });
  await afterDays(9);
  expect(await left('office')).toContain('call');
  await afterDays(11);
  expect(await left('office')).not.toContain('call');
});

it('of histories follows that of personal data', async () => {
  await fill('a');
  await fill('b', { personalDays: 3 });
  await fill('c', { personalDays: 3, historyDays: 1 });
  expect(await lab.store.historyDays()).toEqual(
    new Map([
      ['a', 90],
      ['b', 3],
      ['c', 1],
    ]),
  );
});
