import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Client } from '@temporalio/client';
import { Runtime } from '@temporalio/worker';
import { MongoClient } from 'mongodb';
import type { Logger } from 'pino';
import { sweepRecordingFiles } from './activities/recording-file';
import type { ActivityDependencies } from './activities/dependencies';
import { createBitrix24Client } from './bitrix24';
import type { Settings } from './config/settings';
import { databaseOf } from './config/settings';
import type { DataKeys, Store } from './store';
import { openStore, parseDataKeys } from './store';
import { tellAlarm } from './tell-alarm';
import { tendDataKeys } from './tend-data-keys';
import { createThreecxClient } from './threecx';
import { createCallRuns } from './worker/call-runs';
import { dataConverterWith } from './worker/data-converter';
import { keepSchedules } from './worker/ensure-schedules';
import { ensureSearchAttributes } from './worker/ensure-search-attributes';
import { assertOpenCallsReadable } from './worker/lost-keys';
import { EncryptingPayloadCodec } from './worker/payload-codec';
import { keepPurgingHistories } from './worker/purge-histories';
import { keepPurging } from './worker/purge-personal';
import type { RunningWorker } from './worker/start-worker';
import { startWorker } from './worker/start-worker';
import { connectClient, connectNative, temporalTarget } from './worker/temporal-connection';
import type { TemporalTarget } from './worker/temporal-connection';

/** Where the servers are and which key opens what they hold. */
export interface Servers {
  /** Set when we started Temporal ourselves; null: as the environment says. */
  embeddedTemporal: string | null;
  mongodbUri: string;
  dataKey: string;
}

/** What API and worker share in one process. */
export interface Core {
  settings: Settings;
  log: Logger;
  target: TemporalTarget;
  client: Client;
  codec: EncryptingPayloadCodec;
  mongo: MongoClient;
  store: Store;
  dataKeys: DataKeys;
  close(): Promise<void>;
}

/** Opens MongoDB and prepares the Temporal client; fails when MongoDB cannot be reached. */
export async function openCore(settings: Settings, servers: Servers, log: Logger): Promise<Core> {
  const dataKeys = parseDataKeys(servers.dataKey);
  const mongo = new MongoClient(servers.mongodbUri, {
    appName: 'bridge',
    serverSelectionTimeoutMS: 5_000,
    connectTimeoutMS: 5_000,
    w: 'majority',
    journal: true,
    retryWrites: true,
  });
  await mongo.connect();
  const store = await openStore({
    db: mongo.db(databaseOf(servers.mongodbUri) ?? 'bridge'),
    client: mongo,
    dataKeys,
    retention: { ledgerDays: settings.ledgerRetentionDays, personalDays: settings.personalDataDays },
    onAlarm: (alarm) => tellAlarm(log, alarm),
  });
  const stopTending = tendDataKeys(store.sealing, log);
  const codec = new EncryptingPayloadCodec(dataKeys);
  const target = temporalTarget(servers.embeddedTemporal);
  const client = connectClient(target, dataConverterWith(codec));
  return {
    settings,
    log,
    target,
    client,
    codec,
    mongo,
    store,
    dataKeys,
    close: async () => {
      await stopTending();
      await store.settle();
      await mongo.close();
      // Last: while Temporal is away, a retry of the client that still sleeps throws out of its timer once this is closed.
      await client.connection.close();
    },
  };
}

/** Connects the worker to Temporal and starts it. @throws when open calls need a data key that is not set. */
export async function runWorker(core: Core): Promise<RunningWorker> {
  const { settings, log, store } = core;
  installRuntime(log);
  await ensureSearchAttributes(core.client, core.target.namespace);
  const missing = (await store.sealing.missingKeys()).map(({ id }) => id);
  await assertOpenCallsReadable(core.client, settings.taskQueue, missing);
  const tmpDir = path.join(settings.dataDir, 'tmp');
  await mkdir(tmpDir, { recursive: true, mode: 0o700 });
  await sweepRecordingFiles(tmpDir);
  const target = { client: core.client, taskQueue: settings.taskQueue, timeScale: settings.timeScale };
  const activities: ActivityDependencies = {
    store,
    log,
    tmpDir,
    bitrix24: createBitrix24Client({ store, log, httpTimeoutMs: settings.httpTimeoutMs }),
    threecx: createThreecxClient({ store, log, timeScale: settings.timeScale }),
    timeScale: settings.timeScale,
    httpTimeoutMs: settings.httpTimeoutMs,
    clock: () => new Date(),
    runs: createCallRuns(target),
  };
  const connection = await connectNative(core.target);
  const worker = await startWorker({
    connection,
    namespace: core.target.namespace,
    taskQueue: settings.taskQueue,
    dataConverter: dataConverterWith(core.codec),
    activities,
    log,
  });
  const stopSchedules = keepSchedules(target, store, log);
  const stopPurging = keepPurging(store, log);
  const { taskQueue } = settings;
  const stopPurgingHistories = keepPurgingHistories({ client: core.client, taskQueue, store, log });
  return {
    ...worker,
    stop: async () => {
      await Promise.all([stopPurging(), stopPurgingHistories()]);
      await stopSchedules();
      await worker.stop();
      await connection.close();
    },
  };
}

let installed = false;

/** One logger for Core's lines too; signals are ours, because webhooks must be answered before the worker stops. */
function installRuntime(log: Logger): void {
  if (installed) return;
  installed = true;
  Runtime.install({
    shutdownSignals: [],
    logger: {
      log: (level, message, meta) => write(log, level, message, meta),
      trace: (message, meta) => write(log, 'TRACE', message, meta),
      debug: (message, meta) => write(log, 'DEBUG', message, meta),
      info: (message, meta) => write(log, 'INFO', message, meta),
      warn: (message, meta) => write(log, 'WARN', message, meta),
      error: (message, meta) => write(log, 'ERROR', message, meta),
    },
  });
}

/** Temporal's lines are noisy at `info`; task tokens say nothing to people. */
function write(log: Logger, level: string, message: string, meta: object = {}): void {
  const { taskToken: _token, error, ...rest } = meta as { taskToken?: unknown; error?: unknown };
  const entry = error === undefined ? rest : { ...rest, err: error };
  // The queue of recordings has activities only, by design.
  const quiet = level === 'INFO' || message.startsWith('No workflows registered');
  const name = quiet ? 'debug' : (level.toLowerCase() as 'trace' | 'debug' | 'warn' | 'error');
  log[name](entry, message);
}
