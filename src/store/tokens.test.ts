import type { TestDatabase } from '../../test/support/servers';
import { eventually } from '../../test/support/eventually';
import { freshDatabase } from '../../test/support/servers';
import { newDataKey, openStoreOn } from '../../test/support/test-store';
import type { Store } from './contract';

const hourMs = 3_600_000;

describe('tokens', () => {
  let database: TestDatabase;
  let store: Store;
  let ahead: Store;
  beforeAll(async () => {
    database = await freshDatabase();
    const keys = newDataKey();
    store = await openStoreOn(database, { keys });
    ahead = await openStoreOn(database, { keys, clock: () => new Date(Date.now() + hourMs) });
  });
  afterAll(() => database.close());

  /** The lease of whoever holds the lock is over. */
  const letLeasePass = (key: string): Promise<unknown> =>
    database.db
      .collection<{ _id: string }>('tokens')
      .updateOne({ _id: key }, [{ $set: { lockedUntil: '$$NOW' } }]);

  it('have one owner who may renew them; the others wait until he is done or gone', async () => {
    const { tokens } = store;
    expect(await tokens.lock('t', 'a', 60_000)).toBe(true);
    expect(await tokens.lock('t', 'a', 60_000)).toBe(true);
    expect(await tokens.lock('t', 'b', 60_000)).toBe(false);
    await letLeasePass('t');
    expect(await tokens.lock('t', 'b', 60_000)).toBe(true);
    await expect(tokens.put('t', 'a', { x: '1' }, null)).rejects.toThrow('lock');
    expect(await tokens.put('t', 'b', { x: '1' }, null)).toMatchObject({ generation: 1, token: { x: '1' } });
  });

  it('keep generation, content and refusal when somebody takes the lock', async () => {
    const { tokens } = store;
    await tokens.lock('kept', 'a', 60_000);
    await tokens.put('kept', 'a', { x: '1' }, '2030-01-01T00:00:00Z');
    await tokens.lock('kept', 'a', 60_000);
    await tokens.refuse('kept', 'a', 'print', 'reason');
    const before = await tokens.get('kept');
    await tokens.lock('kept', 'b', 60_000);
    expect(await tokens.get('kept')).toEqual(before);
    expect(before).toEqual({
      ...{ generation: 1, token: { x: '1' }, expiresAt: '2030-01-01T00:00:00Z' },
      ...{ refusedFingerprint: 'print', refusedReason: 'reason' },
    });
  });

  it('are not taken from their owner by a machine whose clock is an hour ahead', async () => {
    expect(await store.tokens.lock('skewed', 'a', 60_000)).toBe(true);
    expect(await ahead.tokens.lock('skewed', 'b', 60_000)).toBe(false);
  });

  it('are not held for an hour by a machine whose clock is ahead', async () => {
    expect(await ahead.tokens.lock('held', 'a', 1)).toBe(true);
    await eventually(() => store.tokens.lock('held', 'b', 60_000), 'the lease has ended');
    expect(await store.tokens.lock('held', 'c', 60_000)).toBe(false);
  });

  it('are locked by one of many who ask at once for the first time', async () => {
    const owners = Array.from({ length: 8 }, (_, index) => `owner-${index}`);
    const got = await Promise.all(owners.map((owner) => store.tokens.lock('first', owner, 60_000)));
    expect(got.filter(Boolean)).toHaveLength(1);
  });
});
