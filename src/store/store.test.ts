import type { MongoClient } from 'mongodb';
import { newDataKey, openStoreOn, rejectedWebhook } from '../../test/support/test-store';
import type { TestDatabase } from '../../test/support/servers';
import { freshDatabase } from '../../test/support/servers';
import type { CallEvent } from '../domain/call-event';
import type { Connection } from '../domain/connection';
import { connectionInputSchema } from '../domain/connection';
import { BadCursor, DataKeyError, parseDataKeys } from '.';
import type { Store } from '.';

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

function connection(id = 'office'): Connection {
  const input = connectionInputSchema.parse({
    threecx: {
      baseUrl: 'https://pbx.example.com',
      auth: { kind: 'client-credentials', clientId: 'bridge', clientSecret: 'canary-pbx-secret' },
    },
    bitrix24: { auth: { kind: 'webhook', url: 'https://p.example.com/rest/1/canary-hook-secret/' } },
    rules: { fallbackUserId: 1 },
  });
  return { ...input, id, webhookTokens: ['canary-webhook-token'] };
}

const event = (deliveryKey: string, extra: Partial<CallEvent> = {}): CallEvent => ({
  event: 'call-ended',
  deliveryKey,
  receivedAt: now.toISOString(),
  source: 'webhook',
  callerNumber: '79990001122',
  ...extra,
});

async function rawText(): Promise<string> {
  const collections = await database.db.collections();
  const all = await Promise.all(collections.map((collection) => collection.find().toArray()));
  return JSON.stringify(all);
}

describe('secrets at rest', () => {
  it('are sealed: no document holds one in clear, and reading gives it back', async () => {
    await store.connections.put(connection(), actor);
    await store.inbox.insert(
      {
        connection: 'office',
        callId: 'c1',
        workflowId: 'w',
        event: event('k1'),
        receivedAt: now.toISOString(),
        reason: 'busy',
      },
      { timeoutMs: 5_000 },
    );
    await store.rejected.insert(
      rejectedWebhook('office', now.toISOString(), { body: 'canary-body', query: { a: 'canary-query' } }),
    );
    await store.tokens.lock('t', 'me', 1000);
    await store.tokens.put('t', 'me', { access: 'canary-access' }, null);
    expect(await rawText()).not.toMatch(/canary|79990001122/);
    expect((await store.connections.get('office'))?.value).toEqual(connection());
    expect((await store.rejected.list('office', { limit: 5 })).items[0]).toMatchObject({
      body: 'canary-body',
      query: { a: 'canary-query' },
    });
  });

  it('stay readable when the data key is rotated, and hashes of numbers stay the same', async () => {
    await store.connections.put(connection(), actor);
    const hash = store.hashNumber('office', '79990001122');
    const rotated = await open(`${newDataKey()},${key}`);
    expect((await rotated.connections.get('office'))?.value).toEqual(connection());
    expect(rotated.hashNumber('office', '79990001122')).toBe(hash);
  });

  it('refuse to open under a key that does not fit', async () => {
    await expect(open(newDataKey())).rejects.toThrow(DataKeyError);
  });

  it('cannot be moved to another place', () => {
    const keys = parseDataKeys(key);
    expect(() => keys.open(keys.seal('x', 'a'), 'b')).toThrow(DataKeyError);
  });
});

describe('mappings', () => {
  it('carry an ETag that a stale edit does not match, also when two edits race', async () => {
    const put = (userId: number, ifMatch?: string): ReturnType<Store['extensions']['put']> =>
      store.extensions.put('office', { key: '201', value: { userId }, origin: 'manual' }, actor, ifMatch);
    const made = await put(1);
    if (made.outcome !== 'created') throw new Error('not created');
    const results = await Promise.all([put(2, made.stored.etag), put(3, made.stored.etag)]);
    expect(results.map((result) => result.outcome).sort()).toEqual(['stale', 'updated']);
    expect((await put(9, '"v9-zzz"')).outcome).toBe('stale');
    expect(
      await store.extensions.put(
        'office',
        { key: '999', value: { userId: 1 }, origin: 'manual' },
        actor,
        '*',
      ),
    ).toEqual({ outcome: 'stale' });
  });

  it('write an audit row with each change and none without one; a tampered row is found', async () => {
    const row = { key: '201', value: { userId: 1 }, origin: 'manual' };
    await store.extensions.put('office', row, actor);
    await store.extensions.put('office', row, actor);
    await store.extensions.delete('office', '201', actor);
    const { items } = await store.audit.list({ connection: 'office' }, { limit: 10 });
    expect(items.map((item) => [item.action, item.target])).toEqual([
      ['extension.delete', '201'],
      ['extension.put', '201'],
    ]);
    expect(await store.audit.verify()).toMatchObject({ ok: true });
    await database.db
      .collection('audit')
      .updateOne({ action: 'extension.put' }, { $set: { actor: 'nobody' } });
    expect((await store.audit.verify()).ok).toBe(false);
  });

  it('are imported all or nothing and counted, ten thousand at once', async () => {
    const rows = Array.from({ length: 10_000 }, (_, index) => ({
      key: String(1000 + index),
      value: { userId: index + 1 },
      origin: 'import',
    }));
    expect(await store.extensions.putMany('office', rows, actor, { dryRun: true })).toEqual({
      created: 10_000,
      updated: 0,
      unchanged: 0,
    });
    expect((await store.extensions.list('office', { limit: 1 })).items).toEqual([]);
    await store.extensions.putMany('office', rows, actor, { dryRun: false });
    rows[0]!.value = { userId: 77 };
    expect(await store.extensions.putMany('office', rows, actor, { dryRun: false })).toEqual({
      created: 0,
      updated: 1,
      unchanged: 9_999,
    });
  });

  it('are paged in key order; a foreign cursor is refused', async () => {
    for (const key of ['203', '201', '202'])
      await store.extensions.put('office', { key, value: { userId: 1 }, origin: 'manual' }, actor);
    const first = await store.extensions.list('office', { limit: 2 });
    expect(first.items.map((item) => item.value.key)).toEqual(['201', '202']);
    const second = await store.extensions.list('office', { limit: 2, cursor: first.nextCursor! });
    expect(second).toMatchObject({ items: [{ value: { key: '203' } }] });
    expect(second.nextCursor).toBeUndefined();
    await expect(store.extensions.list('office', { limit: 2, cursor: '{"$gt":""}' })).rejects.toThrow(
      BadCursor,
    );
  });

  it('find a line however it is written', async () => {
    await store.lines.put(
      'office',
      { key: '+7 (495) 123-45-67', value: { lineNumber: '74951234567' }, origin: 'manual' },
      actor,
    );
    expect((await store.lines.get('office', '74951234567'))?.value.key).toBe('+7 (495) 123-45-67');
    expect((await store.lines.getMany('office', ['84951234567', '74951234567'])).size).toBe(1);
  });

  it('take operators for what they are: text that matches nothing', async () => {
    await store.extensions.put('office', { key: '201', value: { userId: 1 }, origin: 'manual' }, actor);
    expect(await store.extensions.get('office', { $ne: null } as never)).toBeNull();
    expect(await store.connections.get({ $gt: '' } as never)).toBeNull();
  });

  it('count extensions that nobody mapped until somebody does', async () => {
    await store.extensions.countUnmapped('office', '205', now);
    await store.extensions.countUnmapped('office', '205', now);
    expect(await store.extensions.listUnmapped('office')).toEqual([
      { extension: '205', calls: 2, lastSeenAt: now.toISOString() },
    ]);
    await store.extensions.put('office', { key: '205', value: { userId: 1 }, origin: 'manual' }, actor);
    expect(await store.extensions.listUnmapped('office')).toEqual([]);
  });
});
