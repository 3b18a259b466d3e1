import { createHmac, randomBytes } from 'node:crypto';
import type { Db, MongoClient } from 'mongodb';
import { AdminKeys } from './admin-keys';
import { AuditTrail } from './audit';
import { Budget } from './budget';
import { Calls } from './calls';
import { Claims } from './claims';
import { Connections } from './connections';
import type { StoreContext } from './context';
import { durableCollection } from './context';
import type { PeerAlarm, Store } from './contract';
import { DataKeys } from './data-keys';
import { Extensions } from './extensions';
import { Health } from './health';
import { Inbox } from './inbox';
import { Leases } from './leases';
import { Lines } from './lines';
import { LiveCalls } from './live-calls';
import { PendingCalls } from './pending-calls';
import { ReconcileMarks } from './reconcile-marks';
import { Rejected } from './rejected';
import { purgePersonal } from './purge-personal';
import { Retentions } from './retention';
import { ReusedIds } from './reused-ids';
import { keyMissing, Sealing } from './sealing';
import { Tokens } from './tokens';

export * from './contract';
export { BadCursor } from './cursor';
export { DataKeyError, DataKeys, parseDataKeys } from './data-keys';
export { mapSecrets, maskConnection } from './secrets';

export interface StoreOptions {
  db: Db;
  client: MongoClient;
  dataKeys: DataKeys;
  clock?: () => Date;
  /** How long the ledger keeps handled calls, and how long anything keeps personal data. */
  retention: { ledgerDays: number; personalDays: number };
  /** Told once when a peer can no longer be used, and once when it can again. */
  onAlarm?: (alarm: PeerAlarm) => void;
}

/**
 * Opens the store: creates indexes and checks that the data key fits the database.
 *
 * @throws {DataKeyError} when the database was written under a key that is not set.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const context: StoreContext = {
    db: options.db,
    client: options.client,
    keys: options.dataKeys,
    clock: options.clock ?? (() => new Date()),
    ledgerDays: options.retention.ledgerDays,
    personalDays: options.retention.personalDays,
    onAlarm: options.onAlarm ?? (() => undefined),
  };
  const hashKey = await installationSecret(context);
  const sealing = new Sealing(context);
  await sealing.assertConnectionsReadable();
  await sealing.noteUse();
  const audit = new AuditTrail(context);
  const lines = new Lines(context, audit);
  const adminKeys = new AdminKeys(context, audit);
  const calls = new Calls(context);
  const extensions = new Extensions(context, audit, calls);
  const pendingCalls = new PendingCalls(context);
  const claims = new Claims(context);
  const inbox = new Inbox(context);
  const reusedIds = new ReusedIds(context);
  const retentions = new Retentions(context);
  const rejected = new Rejected(context, retentions);
  const budget = new Budget(context);
  const liveCalls = new LiveCalls(context);
  const indexed = [
    audit,
    lines,
    extensions,
    adminKeys,
    calls,
    claims,
    pendingCalls,
    inbox,
    reusedIds,
    rejected,
    liveCalls,
  ];
  await Promise.all(indexed.map((repository) => repository.createIndexes()));
  return {
    connections: new Connections(context, audit),
    extensions,
    lines,
    calls,
    claims,
    pendingCalls,
    inbox,
    reusedIds,
    rejected,
    adminKeys,
    audit,
    budget,
    tokens: new Tokens(context),
    health: new Health(context),
    reconcile: new ReconcileMarks(context),
    leases: new Leases(context),
    sealing,
    liveCalls,
    hashNumber: (connection, digits) =>
      digits === ''
        ? ''
        : createHmac('sha256', hashKey).update(`${connection}/${digits}`).digest('base64url'),
    // No connection name holds a colon, so no number hash can be taken for a signature.
    sign: (purpose, text) =>
      createHmac('sha256', hashKey).update(`sign:${purpose}/${text}`).digest('base64url'),
    ping: async (timeoutMs) => {
      await options.db.command({ ping: 1 }, { timeoutMS: timeoutMs });
    },
    settle: () => calls.settle(),
    historyDays: async () =>
      new Map([...(await retentions.all())].map(([id, { historyDays }]) => [id, historyDays])),
    purgePersonal: (now) => purgePersonal(retentions, { calls, rejected, inbox }, now),
  };
}

/** The key of number hashes: made once, sealed, so that a rotated data key changes no hash. Doubles as the key check. */
async function installationSecret(context: StoreContext): Promise<Buffer> {
  const meta = durableCollection<{ _id: string; sealed: string }>(context, 'meta');
  const sealed = context.keys.seal(randomBytes(32), 'meta/hash-key');
  const document = await meta.findOneAndUpdate(
    { _id: 'hash-key' },
    { $setOnInsert: { sealed } },
    { upsert: true, returnDocument: 'after' },
  );
  if (!context.keys.ids.includes(DataKeys.keyIdOf(document!.sealed) ?? ''))
    throw keyMissing('it was written', document!.sealed);
  return context.keys.open(document!.sealed, 'meta/hash-key');
}
