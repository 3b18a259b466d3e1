import { openCore, runWorker } from './bridge';
import { fail } from './config/fail';
import { createLogger } from './config/logger';
import { readSettings } from './config/settings';
import { stopOnSignals } from './shutdown';

/** `npm run start:worker`: a worker alone; any number of them beside any number of APIs. */
async function main(): Promise<void> {
  const settings = readSettings(process.env, { needsServers: true });
  const log = createLogger({ level: settings.logLevel, format: settings.logFormat });
  const servers = { embeddedTemporal: null, mongodbUri: settings.mongodbUri!, dataKey: settings.dataKey! };
  const core = await openCore(settings, servers, log);
  const worker = await runWorker(core);
  log.info({ taskQueue: settings.taskQueue }, 'The worker is ready');
  stopOnSignals(log, async () => {
    await worker.stop();
    await core.close();
  });
}

main().catch(fail);
