import { startBridge } from './start-bridge';
import { stopOnSignals } from './shutdown';
import { fail } from './config/fail';
import { createLogger } from './config/logger';
import { readSettings } from './config/settings';

/** `npm start`: API and worker in one process, with embedded servers where none are named. */
async function main(): Promise<void> {
  const settings = readSettings(process.env, { needsServers: false });
  const log = createLogger({ level: settings.logLevel, format: settings.logFormat });
  const bridge = await startBridge(settings, log);
  stopOnSignals(log, () => bridge.stop());
}

main().catch(fail);
