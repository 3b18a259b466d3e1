import type { Collection } from 'mongodb';
import type { TestDatabase } from '../../test/support/servers';
import { freshDatabase } from '../../test/support/servers';
import { BatchedInserts } from './batched-inserts';

interface Row {
  _id: string;
  text?: string;
}

let database: TestDatabase;
let rows: Collection<Row>;

beforeAll(async () => {
  database = await freshDatabase();
  rows = database.db.collection<Row>('rows', { writeConcern: { w: 'majority', journal: true } });
});

afterAll(() => database.close());

describe('inserts that go together', () => {
  it('are all there when each of them resolves, in far fewer requests', async () => {
    const sent = jest.spyOn(rows, 'insertMany');
    const inserts = new BatchedInserts(rows);
    await Promise.all(
      Array.from({ length: 1_000 }, (_, index) => inserts.insert({ _id: `a-${index}` }, 5_000)),
    );
    expect(await rows.countDocuments({ _id: /^a-/ })).toBe(1_000);
    expect(sent.mock.calls.length).toBeLessThan(20);
    sent.mockRestore();
  });

  it('take one that is there already for done, and leave it as it is', async () => {
    const inserts = new BatchedInserts(rows);
    await inserts.insert({ _id: 'b', text: 'first' }, 5_000);
    await Promise.all(['b', 'c', 'b', 'd'].map((_id) => inserts.insert({ _id, text: 'second' }, 5_000)));
    expect(
      await rows
        .find({ _id: { $in: ['b', 'c', 'd'] } })
        .sort({ _id: 1 })
        .toArray(),
    ).toEqual([
      { _id: 'b', text: 'first' },
      { _id: 'c', text: 'second' },
      { _id: 'd', text: 'second' },
    ]);
  });

  it('fail one by one', async () => {
    await database.db.command({
      collMod: 'rows',
      validator: { text: { $ne: 'refused' } },
    });
    const inserts = new BatchedInserts(rows);
    const outcomes = await Promise.allSettled([
      inserts.insert({ _id: 'e' }, 5_000),
      inserts.insert({ _id: 'f', text: 'refused' }, 5_000),
      inserts.insert({ _id: 'g' }, 5_000),
      inserts.insert({ _id: 'e' }, 5_000),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect(await rows.countDocuments({ _id: { $in: ['e', 'f', 'g'] } })).toBe(2);
  });

  it('all fail when the database is away, and those behind them fail in time', async () => {
    const away = {
      insertMany: () => new Promise((_, reject) => setTimeout(() => reject(new Error('away')), 100)),
    };
    const inserts = new BatchedInserts(away as unknown as Collection<Row>);
    const first = inserts.insert({ _id: 'x' }, 1_000);
    const behind = inserts.insert({ _id: 'y' }, 50);
    await expect(first).rejects.toThrow('away');
    await expect(behind).rejects.toThrow('in time');
    await expect(inserts.insert({ _id: 'z' }, 1_000)).rejects.toThrow('away');
  });
});
