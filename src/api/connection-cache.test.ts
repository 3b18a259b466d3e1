import { connectionOf } from '../../test/support/api-lab';
import { eventually } from '../../test/support/eventually';
import type { Connection } from '../domain/connection';
import { ConnectionCache } from './connection-cache';

/** Connections in a database that can be slow or away, and counts its readers. */
class FakeConnections {
  rows: Connection[] = [];
  reads = 0;
  away = false;
  private gates: (() => void)[] = [];
  slow = false;

  async all(): Promise<Connection[]> {
    this.reads += 1;
    const seen = [...this.rows];
    if (this.slow) await new Promise<void>((resolve) => this.gates.push(resolve));
    if (this.away) throw new Error('away');
    return seen;
  }

  open(): void {
    this.slow = false;
    this.gates.splice(0).forEach((gate) => gate());
  }
}

let repository: FakeConnections;
let cache: ConnectionCache;

beforeEach(() => {
  repository = new FakeConnections();
  repository.rows = [connectionOf()];
  cache = new ConnectionCache(repository);
});

afterEach(() => cache.stop());

describe('the connections in memory', () => {
  it('are there at once, changed by this process at once, and by others within moments', async () => {
    await cache.start();
    expect(cache.get('office')?.id).toBe('office');
    repository.rows = [connectionOf({ id: 'mine' })];
    await cache.refresh();
    expect([cache.get('office'), cache.get('mine')?.id]).toEqual([null, 'mine']);
    repository.rows = [connectionOf({ id: 'theirs' })];
    await eventually(() => cache.get('theirs') !== null, 'the change of another process is seen');
  });

  it('stay as last read while the database is away', async () => {
    await cache.start();
    repository.away = true;
    await expect(cache.refresh()).rejects.toThrow('away');
    const reads = repository.reads;
    await eventually(() => repository.reads > reads, 'it is read again');
    expect(cache.get('office')?.id).toBe('office');
    expect(await cache.find('office')).not.toBeNull();
    expect(await cache.find('other')).toBeNull();
  });

  it('are looked up for an unknown name, once for all who ask at a time', async () => {
    expect(cache.loaded).toBe(false);
    const found = await Promise.all(Array.from({ length: 50 }, () => cache.find('office')));
    expect(found.every((one) => one?.id === 'office')).toBe(true);
    expect(repository.reads).toBe(1);
    await Promise.all(Array.from({ length: 50 }, (_, index) => cache.find(`guess-${index}`)));
    expect(repository.reads).toBe(1);
  });

  it('never keep a webhook waiting for a slow database', async () => {
    repository.slow = true;
    const started = Date.now();
    expect(await cache.find('office')).toBeNull();
    expect(Date.now() - started).toBeLessThan(1_500);
    repository.open();
  });

  it('show a change although a read that began before it is still under way', async () => {
    repository.slow = true;
    const before = cache.refresh();
    repository.rows = [connectionOf({ name: 'changed' })];
    const after = cache.refresh();
    repository.open();
    await Promise.all([before, after]);
    expect(cache.get('office')?.name).toBe('changed');
  });

  it('are read anew for who must not miss a change of a moment ago, by few reads however many ask', async () => {
    await cache.start();
    repository.rows = [connectionOf({ name: 'changed' })];
    const { reads } = repository;
    const found = await Promise.all(Array.from({ length: 50 }, () => cache.findAnew('office')));
    expect(new Set(found.map((one) => one?.name))).toEqual(new Set(['changed']));
    expect(repository.reads - reads).toBeLessThanOrEqual(2);
  });
});
