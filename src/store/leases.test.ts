import { eventually } from '../../test/support/eventually';
import type { TestStore } from '../../test/support/test-store';
import { openTestStore } from '../../test/support/test-store';

describe('a lease', () => {
  let stored: TestStore;
  beforeAll(async () => {
    stored = await openTestStore();
  });
  afterAll(() => stored.close());

  it('has one holder, who may renew it', async () => {
    const { leases } = stored.store;
    expect(await leases.take('a', 'one', 60_000)).toEqual({ generation: 1 });
    expect(await leases.take('a', 'two', 60_000)).toBeNull();
    expect(await leases.take('a', 'one', 60_000)).toEqual({ generation: 1 });
  });

  it('has one holder when many reach for it at once', async () => {
    const takers = Array.from({ length: 8 }, (_, index) => `taker-${index}`);
    const taken = await Promise.all(takers.map((owner) => stored.store.leases.take('b', owner, 60_000)));
    expect(taken.filter((lease) => lease !== null)).toHaveLength(1);
  });

  it('passes to another when it runs out or is given back, and counts its holders', async () => {
    const { leases } = stored.store;
    await leases.take('c', 'one', 50);
    await eventually(async () => (await leases.take('c', 'two', 60_000)) !== null, 'the lease is free');
    expect(await leases.take('c', 'one', 60_000)).toBeNull();
    await leases.release('c', 'one');
    expect(await leases.take('c', 'one', 60_000)).toBeNull();
    await leases.release('c', 'two');
    expect(await leases.take('c', 'one', 60_000)).toEqual({ generation: 3 });
  });
});

describe('live calls', () => {
  let stored: TestStore;
  beforeAll(async () => {
    stored = await openTestStore();
  });
  afterAll(() => stored.close());

  it('are kept for the next watcher, sealed', async () => {
    const { liveCalls } = stored.store;
    await liveCalls.save('office', '1~2', '{"number":"79990001122"}', 1);
    expect(await liveCalls.all('office')).toEqual([{ key: '1~2', state: '{"number":"79990001122"}' }]);
    expect(await liveCalls.all('elsewhere')).toEqual([]);
    const raw = await stored.database.db.collection('live_calls').find().toArray();
    expect(JSON.stringify(raw)).not.toContain('79990001122');
  });

  it('are not overwritten by a watcher whose lease has passed on', async () => {
    const { liveCalls } = stored.store;
    expect(await liveCalls.save('fenced', 'k', 'new', 2)).toBe(true);
    expect(await liveCalls.save('fenced', 'k', 'old', 1)).toBe(false);
    await liveCalls.delete('fenced', 'k', 1);
    expect(await liveCalls.all('fenced')).toEqual([{ key: 'k', state: 'new' }]);
    await liveCalls.delete('fenced', 'k', 2);
    expect(await liveCalls.all('fenced')).toEqual([]);
  });
});
