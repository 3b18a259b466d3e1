import { setTimeout as sleep } from 'node:timers/promises';
import type { Core } from './bridge';
import { watchCallControl } from './api/watch-call-control';
import { InboxDrainer } from './api/webhooks/inbox-drainer';
import { portalEventsAddress } from './api/webhooks/portal-events-address';
import { ConnectionCache } from './api/connection-cache';
import type { ApiDependencies } from './api/dependencies';
import { createMetrics } from './api/metrics';
import { startApiServer } from './api/server';
import { createTemporalGateway } from './api/temporal-gateway';
import { createBitrix24Client } from './bitrix24';
import { createThreecxClient } from './threecx';
import { runDoctor } from './doctor';
import { createReconciler } from './worker/reconcile-runs';
import { version } from '../package.json';

/** A running API. */
export interface RunningApi {
  url: string;
  /** Says that it stops, for `SHUTDOWN_DELAY_MS`; then answers what is in flight, stops listening and draining. */
  close(): Promise<void>;
}

/** Starts the API and the drainer of the inbox. */
export async function serveApi(
  core: Core,
  options: { uiUrl: string | null; forbiddenOrigins: string[] },
): Promise<RunningApi> {
  const { settings, log, store } = core;
  const bitrix24 = createBitrix24Client({ store, log, httpTimeoutMs: settings.httpTimeoutMs });
  const threecx = createThreecxClient({ store, log });
  let stopping = false;
  const deps: ApiDependencies = {
    store,
    log,
    bitrix24,
    calls: createTemporalGateway({
      client: core.client,
      taskQueue: settings.taskQueue,
      timeScale: settings.timeScale,
    }),
    reconciler: createReconciler({
      client: core.client,
      taskQueue: settings.taskQueue,
      timeScale: settings.timeScale,
    }),
    connections: new ConnectionCache(store.connections),
    metrics: createMetrics(),
    settings: {
      publicUrl: settings.publicUrl ?? `http://${settings.host}:${settings.port}`,
      uiUrl: settings.temporalUiUrl ?? options.uiUrl,
      forbiddenOrigins: options.forbiddenOrigins,
      version,
      ledgerRetentionDays: settings.ledgerRetentionDays,
    },
    doctor: (connection) => {
      const eventHandler = portalEventsAddress(deps.settings.publicUrl, connection.id);
      return runDoctor({ bitrix24, threecx }, connection, { eventHandler });
    },
    decodePayloads: (payloads) => core.codec.decode(payloads),
    clock: () => new Date(),
    isStopping: () => stopping,
  };
  const server = await startApiServer(deps, { host: settings.host, port: settings.port });
  // With PORT 0 the address is known only now.
  if (settings.publicUrl === null) deps.settings.publicUrl = server.url;
  deps.settings.forbiddenOrigins.push(new URL(server.url).host);
  const drainer = new InboxDrainer(deps);
  drainer.start();
  const callControl = watchCallControl(deps, threecx);
  return {
    url: server.url,
    close: async () => {
      stopping = true;
      // Served as ever meanwhile: a balancer needs a moment to look elsewhere.
      await sleep(settings.shutdownDelayMs);
      await callControl.stop();
      await drainer.stop();
      await server.close(10_000);
    },
  };
}
