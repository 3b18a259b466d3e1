import type { ClientSession, Collection, Db, Document, MongoClient } from 'mongodb';
import type { PeerAlarm } from './contract';
import type { DataKeys } from './data-keys';

/** What every repository is made from. */
export interface StoreContext {
  db: Db;
  client: MongoClient;
  keys: DataKeys;
  clock: () => Date;
  ledgerDays: number;
  personalDays: number;
  /** Told once when a peer can no longer be used, and once when it can again; by one of all processes. */
  onAlarm: (alarm: PeerAlarm) => void;
}

/** Acknowledged means: on the disk of the majority. */
const durable = { writeConcern: { w: 'majority', journal: true } } as const;

/** A collection whose writes survive a crash once they are acknowledged. */
export function durableCollection<T extends Document>({ db }: StoreContext, name: string): Collection<T> {
  return db.collection<T>(name, durable);
}

const lastTransaction = new WeakMap<MongoClient, Promise<unknown>>();

/**
 * Runs all or nothing, and again when MongoDB asks for it. One after another in this process: all of them write the
 * head of the audit trail, and many at once would only make each other start anew.
 */
export async function inTransaction<T>(
  { client }: StoreContext,
  work: (session: ClientSession) => Promise<T>,
): Promise<T> {
  const run = (): Promise<T> =>
    client.withSession((session) => session.withTransaction(() => work(session), durable));
  const mine = (lastTransaction.get(client) ?? Promise.resolve()).then(run, run);
  lastTransaction.set(client, mine);
  return mine;
}

/** A write lost the race for a unique key. */
export function isDuplicateKey(error: unknown): boolean {
  return typeof error === 'object' && error !== null && (error as { code?: unknown }).code === 11000;
}
