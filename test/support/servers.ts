import { randomUUID } from 'node:crypto';
import os from 'node:os';
import type { Db } from 'mongodb';
import { MongoClient } from 'mongodb';

/** Address of the Temporal server of this test run. */
export function temporalAddress(): string {
  return fromSetUp('TEST_TEMPORAL_ADDRESS');
}

/** The driver would load `os` by a dynamic import, which jest does not run. */
export const mongoOptions = { runtimeAdapters: { os } };

/** A database of its own on the mongod of this test run; `close` drops it. */
export interface TestDatabase {
  db: Db;
  client: MongoClient;
  /** Names the database, for processes that are started. */
  uri: string;
  close(): Promise<void>;
}

/** Makes an empty database that nothing else uses. */
export async function freshDatabase(): Promise<TestDatabase> {
  const base = new URL(fromSetUp('TEST_MONGODB_URI'));
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  base.pathname = `/${name}`;
  const client = await new MongoClient(base.href, mongoOptions).connect();
  const db = client.db(name);
  return {
    db,
    client,
    uri: base.href,
    close: async () => {
      await db.dropDatabase();
      await client.close();
    },
  };
}

function fromSetUp(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: the global set-up did not start the server`);
  return value;
}
