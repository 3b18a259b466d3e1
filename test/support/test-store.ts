import { randomBytes } from 'node:crypto';
import type { MongoClient } from 'mongodb';
import { pino } from 'pino';
import type { Logger } from 'pino';
import type { RejectedItem, Store, StoreOptions } from '../../src/store';
import { openStore, parseDataKeys } from '../../src/store';
import { freshDatabase } from './servers';
import type { TestDatabase } from './servers';

/** A store of its own on the mongod of this test run. */
export interface TestStore {
  store: Store;
  database: TestDatabase;
  close(): Promise<void>;
}

/** How a store is opened; what is left out is usual. */
interface Opening {
  /** Text of the data keys; a random one. */
  keys?: string;
  clock?: () => Date;
  /** Another connection to the same database, as another process has. */
  client?: MongoClient;
  onAlarm?: StoreOptions['onAlarm'];
}

/** Opens a store on a database that is there. */
export function openStoreOn(
  database: TestDatabase,
  { keys, clock, client, onAlarm }: Opening = {},
): Promise<Store> {
  const through = client ?? database.client;
  return openStore({
    db: through.db(database.db.databaseName),
    client: through,
    dataKeys: parseDataKeys(keys ?? newDataKey()),
    clock,
    onAlarm,
    retention: { ledgerDays: 400, personalDays: 90 },
  });
}

export async function openTestStore(clock?: () => Date): Promise<TestStore> {
  const database = await freshDatabase();
  const store = await openStoreOn(database, { clock });
  return { store, database, close: () => database.close() };
}

/** A webhook of the connection that was kept because a field could not be used. */
export function rejectedWebhook(
  connection: string,
  at: string,
  told: { body: string; query?: Record<string, string> },
): Omit<RejectedItem, 'id' | 'replayedAt'> {
  return {
    connection,
    at,
    reason: 'bad-field',
    status: 400,
    errors: [],
    event: null,
    contentType: null,
    bodyEncoding: 'utf8',
    query: {},
    ...told,
  };
}

/** Text of a data key that nobody else has. */
export function newDataKey(): string {
  return randomBytes(32).toString('base64');
}

export const silentLog: Logger = pino({ level: 'silent' });
