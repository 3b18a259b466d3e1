import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { MongoClient } from 'mongodb';
import type { MongodServer } from '../../src/embedded';
import type { Store } from '../../src/store';
import { openStoreOn } from '../support/test-store';
import { startOwnMongod } from '../support/own-servers';
import { mongoOptions } from '../support/servers';

jest.setTimeout(120_000);

const keys = Buffer.alloc(32, 7).toString('base64');

/** The number of documents that MongoDB keeps for a collection is wrong for good after a crash. */
describe('the inbox after mongod was killed', () => {
  let dir: string;
  let server: MongodServer;
  let client: MongoClient;
  let store: Store;

  const open = async (): Promise<void> => {
    client = await new MongoClient(server.uri, mongoOptions).connect();
    const database = { client, db: client.db('bridge'), uri: server.uri, close: async () => undefined };
    store = await openStoreOn(database, { keys });
  };
  beforeAll(async () => {
    dir = await mkdtemp(path.join(os.tmpdir(), 'bridge-crashed-'));
    server = await startOwnMongod({ dir });
    await open();
  });
  afterAll(async () => {
    await client.close();
    await server.stop();
    await rm(dir, { recursive: true, force: true });
  });

  it('knows what waits in it', async () => {
    for (let call = 0; call < 5; call += 1) await insert(`c${call}`);
    // A checkpoint with all of it; the journal alone tells what was taken out since.
    await client.db('admin').command({ fsync: 1 });
    for (const { id } of await store.inbox.lease('a drainer', 10, 60_000)) await store.inbox.done(id);
    server.kill('SIGKILL');
    await server.exited;
    await client.close();
    server = await startOwnMongod({ dir, port: server.port });
    await open();

    expect(await client.db('bridge').collection('inbox').estimatedDocumentCount()).not.toBe(0);
    expect(await store.inbox.count()).toBe(0);
    expect(await store.inbox.isEmpty()).toBe(true);
    await insert('c5');
    expect(await store.inbox.count()).toBe(1);
    expect(await store.inbox.isEmpty()).toBe(false);
  });

  async function insert(callId: string): Promise<void> {
    const receivedAt = new Date().toISOString();
    const event = { event: 'call-ended', deliveryKey: callId, receivedAt, source: 'webhook' } as const;
    const ref = { connection: 'office', callId, workflowId: `call/office/${callId}` };
    await store.inbox.insert({ ...ref, event, receivedAt, reason: 'unreachable' }, { timeoutMs: 10_000 });
  }
});
