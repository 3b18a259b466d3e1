import { newDataKey, openStoreOn, rejectedWebhook } from '../../test/support/test-store';
import type { TestDatabase } from '../../test/support/servers';
import { freshDatabase } from '../../test/support/servers';
import { connectionInputSchema } from '../domain/connection';
import type { Connection } from '../domain/connection';
import { DataKeys, parseDataKeys } from '.';
import type { Store } from '.';

const [keyA, keyB] = [newDataKey(), newDataKey()];
const idOf = (key: string): string => parseDataKeys(key).writerId;
const actor = { id: 'tester' };
const now = new Date('2026-11-25T09:00:00Z');

let database: TestDatabase;
beforeEach(async () => {
  database = await freshDatabase();
});
afterEach(() => database.close());

const open = (...keys: string[]): Promise<Store> =>
  openStoreOn(database, { keys: keys.join(','), clock: () => now });

const connection: Connection = {
  ...connectionInputSchema.parse({
    threecx: { baseUrl: 'https://pbx.example.com', auth: { kind: 'user', username: 'u', password: 'p' } },
    bitrix24: {
      auth: {
        kind: 'application',
        portalUrl: 'https://p.example.com',
        clientId: 'c',
        clientSecret: 's',
        tokens: { accessToken: 'a', refreshToken: 'r', expiresAt: '2026-11-25T10:00:00Z' },
        applicationToken: 't',
      },
    },
    rules: { fallbackUserId: 1 },
  }),
  id: 'office',
  webhookTokens: ['first-token', 'second-token'],
};

const event = {
  event: 'call-ended',
  deliveryKey: 'k',
  receivedAt: now.toISOString(),
  source: 'webhook',
  callerNumber: '79990001122',
} as const;

/** Something sealed in every place that seals. */
async function fill(store: Store, suffix = ''): Promise<void> {
  await store.connections.put(connection, actor);
  const item = { connection: 'office', callId: `c${suffix}`, workflowId: 'w', receivedAt: now.toISOString() };
  await store.inbox.insert({ ...item, event, reason: 'busy' }, { timeoutMs: 5_000 });
  await store.rejected.insert({
    connection: 'office',
    at: now.toISOString(),
    reason: 'bad-field',
    status: 400,
    errors: [{ field: 'a', message: 'b' }],
    event: 'call-ended',
    contentType: 'text/plain',
    body: 'a body',
    bodyEncoding: 'utf8',
    query: { x: 'y' },
  });
  await store.tokens.lock(`t${suffix}`, 'me', 1_000);
  await store.tokens.put(`t${suffix}`, 'me', { access: 'token' }, null);
  await store.liveCalls.save('office', `1${suffix}`, 'a live call', 1);
}

/** Ids of the keys under which anything in the database is sealed, and how many values. */
async function keyIdsInUse(): Promise<Record<string, number>> {
  const collections = await database.db.collections();
  const text = JSON.stringify(await Promise.all(collections.map((one) => one.find().toArray())));
  const counts: Record<string, number> = {};
  for (const [, id] of text.matchAll(/"v1\.([0-9a-f]{8})\./g)) counts[id!] = (counts[id!] ?? 0) + 1;
  return counts;
}

async function expectAllReadable(store: Store): Promise<void> {
  expect((await store.connections.get('office'))!.value).toEqual(connection);
  expect((await store.inbox.forConnection('office', 10))[0]!.event).toEqual(event);
  expect((await store.rejected.list('office', { limit: 1 })).items[0]).toMatchObject({
    body: 'a body',
    query: { x: 'y' },
    event: 'call-ended',
    contentType: 'text/plain',
    errors: [{ field: 'a', message: 'b' }],
  });
  expect((await store.tokens.get('t'))!.token).toEqual({ access: 'token' });
  expect(await store.liveCalls.all('office')).toEqual([{ key: '1', state: 'a live call' }]);
}

describe('sealing anew', () => {
  it('moves everything that is sealed to the first key, so that the older one can be taken away', async () => {
    await fill(await open(keyA));
    const hash = (await open(keyA)).hashNumber('office', '79990001122');
    const before = await keyIdsInUse();
    expect(Object.keys(before)).toEqual([idOf(keyA)]);

    const rotated = await open(keyB, keyA);
    await expectAllReadable(rotated);
    expect(await rotated.sealing.reseal()).toEqual({ resealed: 6, unreadable: [] });
    expect(await keyIdsInUse()).toEqual({ [idOf(keyB)]: before[idOf(keyA)] });
    expect(await rotated.sealing.reseal()).toEqual({ resealed: 0, unreadable: [] });

    const later = await open(keyB);
    await expectAllReadable(later);
    expect(later.hashNumber('office', '79990001122')).toBe(hash);
  });

  it('changes no ETag and writes no audit row', async () => {
    await fill(await open(keyA));
    const rotated = await open(keyB, keyA);
    const { etag } = (await rotated.connections.get('office'))!;
    const rows = await database.db.collection('audit').countDocuments();
    await rotated.sealing.reseal();
    expect((await rotated.connections.get('office'))!.etag).toBe(etag);
    expect(await database.db.collection('audit').countDocuments()).toBe(rows);
  });

  it('loses no change that is made at the same time', async () => {
    const rotated = await open(keyA).then(async (store) => {
      await fill(store);
      return open(keyB, keyA);
    });
    const changed = { ...connection, name: 'renamed', webhookTokens: ['new-token'] };
    await Promise.all([
      rotated.sealing.reseal(),
      rotated.connections.put(changed, actor),
      (await open(keyA, keyB)).connections.put({ ...changed, name: 'again' }, actor),
      rotated.sealing.reseal(),
    ]);
    expect((await rotated.connections.get('office'))!.value.webhookTokens).toEqual(['new-token']);
    await rotated.sealing.reseal();
    expect(Object.keys(await keyIdsInUse())).toEqual([idOf(keyB)]);
  });
});

describe('a data key that is taken away', () => {
  it('too early refuses the start and names connection and key', async () => {
    await fill(await open(keyA));
    await expect(open(keyB)).rejects.toThrow(`under the data key ${idOf(keyA)}, which is not set`);
    // Only the secret of the installation was sealed anew: the connections are looked at too.
    const rotated = parseDataKeys(`${keyB},${keyA}`);
    const meta = database.db.collection<{ _id: string; sealed: string }>('meta');
    const { sealed } = (await meta.findOne({ _id: 'hash-key' }))!;
    await meta.updateOne(
      { _id: 'hash-key' },
      { $set: { sealed: rotated.seal(rotated.open(sealed, 'meta/hash-key'), 'meta/hash-key') } },
    );
    await expect(open(keyB)).rejects.toThrow('the secrets of the connection office were sealed');
    await expectAllReadable(await open(keyB, keyA));
  });

  it('leaves what was sealed in the meantime unreadable, counted, and in nobody’s way', async () => {
    const rotated = await open(keyB, keyA);
    await rotated.sealing.reseal();
    // Another process, started before, still writes under the older key.
    await fill(await open(keyA, keyB), '-late');
    await rotated.sealing.reseal();
    await (await open(keyA, keyB)).tokens.lock('t-late', 'me', 1_000);
    await (await open(keyA, keyB)).tokens.put('t-late', 'me', { access: 'older' }, null);
    await (await open(keyA, keyB)).liveCalls.save('office', '2', 'older', 1);
    await (
      await open(keyA, keyB)
    ).rejected.insert(rejectedWebhook('office', now.toISOString(), { body: 'older' }));

    const later = await open(keyB);
    const lost = (collection: string): object => ({ collection, keyId: idOf(keyA), documents: 1 });
    const round = await later.sealing.reseal();
    expect(round).toEqual({
      resealed: 0,
      unreadable: [lost('tokens'), lost('rejected'), lost('live_calls')],
    });
    expect((await later.tokens.get('t-late'))!.token).toEqual({});
    expect((await later.liveCalls.all('office')).map(({ key }) => key)).toEqual(['1-late']);
    const { items } = await later.rejected.list('office', { limit: 5 });
    expect(items.map(({ body }) => body)).toEqual(['', 'a body']);
    expect(items[0]!.errors[0]!.message).toMatch(/data key/);
    expect(await later.rejected.erase('office', ({ body }) => body === 'a body')).toBe(1);
    expect(await later.inbox.erase('office', () => true)).toBe(1);
  });
});

describe('keys that were used', () => {
  it('are known by id, with the time of their use', async () => {
    await open(keyA);
    const rotated = await open(keyB, keyA);
    const used = { firstUsedAt: now.toISOString(), lastUsedAt: now.toISOString() };
    expect(await rotated.sealing.retiredKeys()).toEqual([{ id: idOf(keyA), ...used }]);
    expect(await rotated.sealing.missingKeys()).toEqual([]);
    await rotated.sealing.reseal();
    expect(await (await open(keyB)).sealing.missingKeys()).toEqual([{ id: idOf(keyA), ...used }]);
    expect(DataKeys.keyIdOf('v1.zzz.x')).toBeNull();
  });
});
