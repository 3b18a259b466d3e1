import { randomBytes } from 'node:crypto';
import { fail } from '../../src/config/fail';
import { createLogger } from '../../src/config/logger';
import { readSettings } from '../../src/config/settings';
import { isPortFree } from '../../src/embedded';
import { stopOnSignals } from '../../src/shutdown';
import { startBridge } from '../../src/start-bridge';
import { AdminClient } from './admin-client';
import { demoCalls } from './demo-calls';
import type { DemoResult } from './play-calls';
import { playCall } from './play-calls';
import { formatTable } from './print-table';
import { startStandIns } from './stand-ins';

/** What the demo never takes from the environment: it is about its own servers and stand-ins. */
const notOurs =
  /^(TEMPORAL_|MONGODB_URI$|BITRIX24_|THREECX_|WEBHOOK_TOKEN$|DATA_KEY$|ADMIN_API_KEY$|PUBLIC_URL$|WORKFLOW_TIME_SCALE$)/;

/** `npm run demo`: the main job on this machine alone; `--once` ends by itself, with 0 when every call came out right. */
async function main(): Promise<void> {
  const once = process.argv.includes('--once');
  const key = randomBytes(24).toString('hex');
  const own = Object.entries(process.env).filter(([name]) => !notOurs.test(name) || /_PATH$/.test(name));
  const settings = readSettings(
    {
      LOG_LEVEL: 'warn',
      LOG_FORMAT: 'pretty',
      DATA_DIR: '.demo-data',
      PORT: (await isPortFree(3000)) ? '3000' : '0',
      ...Object.fromEntries(own),
      ADMIN_API_KEY: key,
    },
    { needsServers: false },
  );
  const log = createLogger({ level: settings.logLevel, format: settings.logFormat });
  const say = (text: string): void => void process.stdout.write(`${text}\n`);

  say('Starting Temporal, MongoDB, the bridge and the stand-ins for 3CX and Bitrix24 …');
  const standIns = await startStandIns({ pbx: 0, portal: 0 });
  const bridge = await startBridge(settings, log).catch(async (error: unknown) => {
    await standIns.close();
    throw error;
  });
  const stop = async (): Promise<void> => {
    await bridge.stop();
    await standIns.close();
  };
  stopOnSignals(log, stop);

  const admin = new AdminClient(bridge.apiUrl, key);
  const token = randomBytes(18).toString('base64url');
  await admin.connect('demo', standIns, token, 'xapi');
  await admin.connect('demo-by-call-id', standIns, token, 'by-call-id');

  say(`Playing ${demoCalls.length} calls …\n`);
  const world = { standIns, admin, apiUrl: bridge.apiUrl, token };
  const results = await Promise.all(
    demoCalls.map((call) =>
      playCall(call, world).catch((error: unknown): DemoResult => ({
        title: call.title,
        call: null,
        differences: [String(error)],
      })),
    ),
  );
  say(formatTable(results));
  say(`
  Temporal’s UI      ${bridge.uiUrl ?? 'not here'}
  API docs           ${bridge.apiUrl}/docs
  Payloads in the UI ${bridge.apiUrl}/codec/login  (log in with the admin key)
  Stand-in 3CX       ${standIns.pbx.url}
  Stand-in Bitrix24  ${standIns.portal.url}
  Admin key          ${key}
`);
  if (once) {
    await stop();
    process.exit(results.every(({ differences }) => differences.length === 0) ? 0 : 1);
  }
  say('Look around; Ctrl-C ends it.');
}

main().catch(fail);
