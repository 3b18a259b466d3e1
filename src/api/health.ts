import Router from '@koa/router';
import type { ApiDependencies } from './dependencies';
import { within } from './within';

/** How long each server may take to prove that it is there. */
const checkMs = 1_000;

/**
 * `GET /health/live`, `/health/ready` and `/metrics`. Live depends on nothing outside the process, so that an outage
 * restarts nobody; ready while at least one of Temporal and MongoDB can take an event and the process is to go on.
 */
export function createHealthRouter(deps: ApiDependencies): Router {
  const router = new Router();
  router.get('/health/live', (ctx) => {
    ctx.body = { status: 'up', version: deps.settings.version };
  });
  router.get('/health/ready', async (ctx) => {
    const { temporal, mongodb } = await checkServers(deps);
    const stopping = deps.isStopping?.() ?? false;
    const ready = (temporal || mongodb) && !stopping;
    ctx.status = ready ? 200 : 503;
    ctx.body = {
      status: stopping ? 'stopping' : ready ? 'up' : 'down',
      temporal: temporal ? 'up' : 'down',
      mongodb: mongodb ? 'up' : 'down',
    };
  });
  router.get('/metrics', async (ctx) => {
    await measureServers(deps);
    ctx.body = await deps.metrics.registry.metrics();
    ctx.set('Content-Type', deps.metrics.registry.contentType);
  });
  return router;
}

async function checkServers({
  calls,
  store,
}: ApiDependencies): Promise<{ temporal: boolean; mongodb: boolean }> {
  const [temporal, mongodb] = await Promise.all([
    calls.isUp(checkMs),
    within(checkMs, store.ping(checkMs), 'MongoDB').then(
      () => true,
      () => false,
    ),
  ]);
  return { temporal, mongodb };
}

/** Gauges are measured when somebody looks; what MongoDB knows keeps its last value while it is away. */
async function measureServers(deps: ApiDependencies): Promise<void> {
  const { metrics, store } = deps;
  const [{ temporal, mongodb }, waiting, peers] = await Promise.all([
    checkServers(deps),
    within(checkMs, store.inbox.count(), 'MongoDB').catch(() => null),
    within(checkMs, store.health.list(), 'MongoDB').catch(() => null),
  ]);
  metrics.temporalUp.set(temporal ? 1 : 0);
  metrics.mongodbUp.set(mongodb ? 1 : 0);
  if (waiting !== null) metrics.inboxSize.set(waiting);
  if (peers === null) return;
  metrics.peerUp.reset();
  for (const { connection, peer, ok } of peers) metrics.peerUp.set({ connection, peer }, ok ? 1 : 0);
}
