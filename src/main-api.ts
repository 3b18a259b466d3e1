import { openCore } from './bridge';
import { announce } from './announce';
import { fail } from './config/fail';
import { createLogger } from './config/logger';
import { readSettings } from './config/settings';
import { bootstrapAdminKey } from './bootstrap-admin-key';
import { applyDefaultConnection } from './default-connection';
import { forbiddenOrigins } from './forbidden-origins';
import { ensureSearchAttributes } from './worker/ensure-search-attributes';
import { serveApi } from './serve-api';
import { stopOnSignals } from './shutdown';

/** `npm run start:api`: the API alone; any number of them beside any number of workers. */
async function main(): Promise<void> {
  const settings = readSettings(process.env, { needsServers: true });
  const log = createLogger({ level: settings.logLevel, format: settings.logFormat });
  const servers = { embeddedTemporal: null, mongodbUri: settings.mongodbUri!, dataKey: settings.dataKey! };
  const core = await openCore(settings, servers, log);
  const madeKey = await bootstrapAdminKey(settings, core.store);
  const forbidden = forbiddenOrigins(settings, servers);
  await applyDefaultConnection(settings, core.store, log, forbidden);
  // Workers need them; the API alone only tries, because it must start (and take events) while Temporal is away.
  ensureSearchAttributes(core.client, core.target.namespace).catch((error: unknown) =>
    log.warn({ err: error }, 'The search attributes were not looked at'),
  );
  const api = await serveApi(core, { uiUrl: null, forbiddenOrigins: forbidden });
  announce(log, { apiUrl: api.url, uiUrl: settings.temporalUiUrl, madeKey });
  stopOnSignals(log, async () => {
    await api.close();
    await core.close();
  });
}

main().catch(fail);
