import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import type { Logger } from 'pino';
import type { Store } from '../../src/store';
import { openStore, parseDataKeys } from '../../src/store';
import { freshDatabase } from './servers';
import type { TestDatabase } from './servers';

/** A store of its own on the mongod of this test run. */
export interface TestStore {
  store: Store;
  database: TestDatabase;
  close(): Promise<void>;
}

export async function openTestStore(clock?: () => Date): Promise<TestStore> {
  const database = await freshDatabase();
  const store = await openStore({
    db: database.db,
    client: database.client,
    dataKeys: parseDataKeys(randomBytes(32).toString('base64')),
    clock,
    retention: { ledgerDays: 400, personalDays: 90 },
  });
  return { store, database, close: () => database.close() };
}

export const silentLog: Logger = pino({ level: 'silent' });
