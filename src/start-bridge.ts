import type { Logger } from 'pino';
import { announce } from './announce';
import { bootstrapAdminKey } from './bootstrap-admin-key';
import type { Core } from './bridge';
import { openCore, runWorker } from './bridge';
import { loadDataKey } from './config/data-key';
import type { Settings } from './config/settings';
import { applyDefaultConnection } from './default-connection';
import { lockDataDir, startEmbedded } from './embedded';
import { forbiddenOrigins } from './forbidden-origins';
import { serveApi } from './serve-api';
import { searchAttributeNames } from './workflows/search-attributes';

/** API, worker and, where none are named, the servers, in one process. */
export interface RunningBridge {
  apiUrl: string;
  uiUrl: string | null;
  /** Set when this start made the installation's first admin key. */
  madeKey: string | null;
  core: Core;
  stop(): Promise<void>;
}

/**
 * Starts everything in order and stops in the reverse one: webhooks first, so that what is in flight is answered; then
 * the worker, whose activities get their grace; the servers last.
 */
export async function startBridge(settings: Settings, log: Logger): Promise<RunningBridge> {
  const undo: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse())
      await step().catch((error: unknown) => log.error({ err: error }, 'A part did not stop well'));
  };
  try {
    const lock = await lockDataDir(settings.dataDir);
    undo.push(() => lock.release());
    const dataKey = await loadDataKey(settings.dataKey, settings.dataDir);
    const embedded = await startEmbedded({
      dataDir: settings.dataDir,
      temporal: settings.temporalAddress === null,
      mongodb: settings.mongodbUri === null,
      codecEndpoint: `${settings.publicUrl ?? `http://${settings.host}:${settings.port}`}/codec`,
      searchAttributes: searchAttributeNames,
      log,
    });
    undo.push(() => embedded.stop());
    const servers = {
      embeddedTemporal: embedded.temporal?.address ?? null,
      mongodbUri: settings.mongodbUri ?? embedded.mongodb!.uri,
      dataKey,
    };
    const core = await openCore(settings, servers, log);
    undo.push(() => core.close());
    const madeKey = await bootstrapAdminKey(settings, core.store);
    const uiUrl = embedded.temporal?.uiUrl ?? null;
    const forbidden = forbiddenOrigins(settings, servers, uiUrl);
    await applyDefaultConnection(settings, core.store, log, forbidden);
    const worker = await runWorker(core);
    undo.push(() => worker.stop());
    const api = await serveApi(core, { uiUrl, forbiddenOrigins: forbidden });
    undo.push(() => api.close());
    announce(log, { apiUrl: api.url, uiUrl, madeKey });
    return { apiUrl: api.url, uiUrl, madeKey, core, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
