import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { pino } from 'pino';
import { createBitrix24Client } from '../../src/bitrix24';
import type { Core } from '../../src/bridge';
import { openCore } from '../../src/bridge';
import { readSettings } from '../../src/config/settings';
import { createThreecxClient } from '../../src/threecx';
import { createCallRuns } from '../../src/worker/call-runs';
import { dataConverterWith } from '../../src/worker/data-converter';
import { startWorker } from '../../src/worker/start-worker';
import { connectNative } from '../../src/worker/temporal-connection';

/** What a worker process tells the bench. */
export type WorkerMessage = { ready: true } | { rssBytes: number };

const sampleEveryMs = 25;

/**
 * A worker as `npm run start:worker` runs it, save that its workflows were bundled before, as a built one's are: bundling
 * would hold more memory than anything that is measured here. Ends with its parent and tells how much memory it holds.
 */
async function main(): Promise<void> {
  process.on('disconnect', () => process.exit(1));
  Runtime.install({ shutdownSignals: [], logger: new DefaultLogger('ERROR') });
  const { bundle, core } = await open();
  const { settings, log, store, codec, target } = core;
  const tmpDir = path.join(settings.dataDir, 'tmp');
  await mkdir(tmpDir, { recursive: true });
  const { httpTimeoutMs, timeScale, taskQueue } = settings;
  const connection = await connectNative(target);
  const worker = await startWorker({
    connection,
    namespace: target.namespace,
    taskQueue,
    dataConverter: dataConverterWith(codec),
    activities: {
      store,
      log,
      tmpDir,
      bitrix24: createBitrix24Client({ store, log, httpTimeoutMs }),
      threecx: createThreecxClient({ store, log }),
      timeScale,
      httpTimeoutMs,
      clock: () => new Date(),
      runs: createCallRuns({ client: core.client, taskQueue, timeScale }),
    },
    log,
    workflows: { workflowBundle: { codePath: bundle } },
  });
  process.once('SIGTERM', () => {
    void worker
      .stop()
      .then(() => connection.close())
      .then(() => core.close())
      .finally(() => process.exit(0));
  });
  tell({ ready: true });
  setInterval(() => tell({ rssBytes: process.memoryUsage.rss() }), sampleEveryMs);
}

async function open(): Promise<{ bundle: string; core: Core }> {
  const settings = readSettings(process.env, { needsServers: true });
  await mkdir(settings.dataDir, { recursive: true });
  const dest = path.join(settings.dataDir, `worker-${process.pid}.log`);
  const log = pino({ level: 'info' }, pino.destination({ dest, sync: true }));
  const servers = {
    embeddedTemporal: settings.temporalAddress,
    mongodbUri: settings.mongodbUri!,
    dataKey: settings.dataKey!,
  };
  return { bundle: process.argv[2]!, core: await openCore(settings, servers, log) };
}

function tell(message: WorkerMessage): void {
  process.send!(message);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
});
