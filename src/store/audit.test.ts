import { MongoClient } from 'mongodb';
import { newDataKey, openStoreOn } from '../../test/support/test-store';
import type { TestDatabase } from '../../test/support/servers';
import { freshDatabase, mongoOptions } from '../../test/support/servers';
import { testConnection } from '../../test/support/test-connection';
import type { Store } from '.';

const keys = newDataKey();
const actor = { id: 'tester', requestId: 'r1' };

let database: TestDatabase;
let store: Store;
beforeEach(async () => {
  database = await freshDatabase();
  store = await openStoreOn(database, { keys });
});
afterEach(() => database.close());

const put = (through: Store, extension: string, userId = 1) =>
  through.extensions.put('office', { key: extension, value: { userId }, origin: 'manual' }, actor);
const rows = () => database.db.collection('audit');

describe('a row', () => {
  it('is written with the change or not at all', async () => {
    await put(store, '101');
    // The place of the next row is taken, so it cannot be written.
    await rows().insertOne({ sequence: 2 } as never);
    await expect(put(store, '102')).rejects.toThrow();
    await expect(store.connections.put(testConnection('https://pbx.example.com'), actor)).rejects.toThrow();
    await expect(
      store.adminKeys.create({ name: 'x', role: 'admin', connections: null }, actor),
    ).rejects.toThrow();
    expect(await store.extensions.get('office', '102')).toBeNull();
    expect(await store.connections.get('office')).toBeNull();
    expect(await store.adminKeys.list()).toEqual([]);
    await rows().deleteOne({ sequence: 2, actor: { $exists: false } });
    await put(store, '103');
    expect(await store.audit.verify()).toMatchObject({ ok: true, rows: 2 });
  });

  it('tells of the key of the environment, once for each new one', async () => {
    for (const secret of ['first-key', 'first-key', 'second-key'])
      await store.adminKeys.ensureBootstrap(secret);
    const { items } = await store.audit.list({}, { limit: 5 });
    expect(items.map(({ action, actor: by }) => [action, by])).toEqual([
      ['key.replace', 'environment'],
      ['key.create', 'environment'],
    ]);
    expect(JSON.stringify(items)).not.toContain('first-key');
    expect(await store.adminKeys.verify('first-key')).toBeNull();
    expect(await store.adminKeys.verify('second-key')).not.toBeNull();
  });

  it('holds no number of a person whose calls are not sent, and neither does the connection at rest', async () => {
    const connection = testConnection('https://pbx.example.com');
    connection.rules.excludedNumbers = ['+7 (916) 765-43-21'];
    await store.connections.put(connection, actor);
    await store.connections.put({ ...connection, name: 'renamed' }, actor);
    await store.connections.delete('office', actor);
    await store.connections.put(connection, actor);
    const all = await Promise.all((await database.db.collections()).map((one) => one.find().toArray()));
    expect(JSON.stringify(all).replace(/[^0-9]/g, '')).not.toContain('67654321');
    expect((await store.connections.get('office'))!.value).toEqual(connection);
    const { items } = await store.audit.list({}, { limit: 1 });
    expect(items[0]!.after).toMatchObject({ rules: { excludedNumbers: ['…21'] } });
  });

  it('of an older version, whose numbers stand in clear, is read as it is', async () => {
    const connection = testConnection('https://pbx.example.com');
    await store.connections.put(connection, actor);
    const clear = ['+79167654321'];
    const documents = database.db.collection('connections');
    await documents.updateOne({}, { $set: { 'value.rules.excludedNumbers': clear } });
    const again = await openStoreOn(database, { keys: `${newDataKey()},${keys}` });
    await again.sealing.reseal();
    expect((await again.connections.get('office'))!.value.rules.excludedNumbers).toEqual(clear);
  });
});

describe('the chain', () => {
  it('has no fork and no gap when two processes write at once', async () => {
    const client = await new MongoClient(database.uri, mongoOptions).connect();
    const other = await openStoreOn(database, { keys, client });
    const writes = Array.from({ length: 40 }, (_, index) =>
      put(index % 2 === 0 ? store : other, String(100 + index)),
    );
    await Promise.all(writes);
    expect(await store.audit.verify()).toMatchObject({ ok: true, rows: 40 });
    const sequences = await rows().distinct('sequence');
    expect(sequences).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
    await client.close();
  });

  it('is whole while it is being written', async () => {
    let writing = true;
    const writes = Promise.all(
      Array.from({ length: 20 }, (_, index) => put(store, String(100 + index))),
    ).then(() => {
      writing = false;
    });
    while (writing) expect(await store.audit.verify()).toMatchObject({ ok: true });
    await writes;
  });

  describe('shows', () => {
    beforeEach(async () => {
      for (const extension of ['101', '102', '103', '104']) await put(store, extension);
      expect(await store.audit.verify()).toMatchObject({ ok: true, rows: 4 });
    });

    const tampering: [string, () => Promise<unknown>, number][] = [
      ['a changed actor', () => rows().updateOne({ sequence: 2 }, { $set: { actor: 'nobody' } }), 1],
      ['a changed value', () => rows().updateOne({ sequence: 3 }, { $set: { 'after.userId': 9 } }), 2],
      ['a changed time', () => rows().updateOne({ sequence: 1 }, { $set: { at: '2020-01-01' } }), 0],
      ['an added field', () => rows().updateOne({ sequence: 2 }, { $set: { note: 'x' } }), 1],
      ['a removed row', () => rows().deleteOne({ sequence: 2 }), 1],
      ['a removed last row', () => rows().deleteOne({ sequence: 4 }), 3],
      ['all rows removed', () => rows().deleteMany({}), 0],
      [
        'two rows that changed places',
        async () => {
          await rows().updateOne({ sequence: 2 }, { $set: { sequence: 20 } });
          await rows().updateOne({ sequence: 3 }, { $set: { sequence: 2 } });
          await rows().updateOne({ sequence: 20 }, { $set: { sequence: 3 } });
        },
        1,
      ],
      [
        'a hash that was made anew for a changed row',
        async () => {
          const row = await rows().findOne({ sequence: 3 });
          await rows().updateOne({ sequence: 2 }, { $set: { actor: 'x', hash: row!.hash as string } });
        },
        1,
      ],
    ];
    it.each(tampering)('%s', async (_what, tamper, whole) => {
      await tamper();
      const verdict = await store.audit.verify();
      expect(verdict).toMatchObject({ ok: false, rows: whole });
      expect(verdict.firstBroken).toBeDefined();
    });
  });
});
