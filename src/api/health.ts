import Router from '@koa/router';
import type { ApiDependencies } from './dependencies';
import { within } from './within';

/** How long each server may take to prove that it is there. */
const checkMs = 1_000;

/**
 * `GET /health/live`, `/health/ready` and `/metrics`. Live depends on nothing outside the process, so that an outage
 * restarts nobody; ready while at least one of Temporal and MongoDB can take an event.
 */
export function createHealthRouter(deps: ApiDependencies): Router {
  const router = new Router();
  router.get('/health/live', (ctx) => {
    ctx.body = { status: 'up', version: deps.settings.version };
  });
  router.get('/health/ready', async (ctx) => {
    const { temporal, mongodb } = await checkServers(deps);
    ctx.status = temporal || mongodb ? 200 : 503;
    ctx.body = {
      status: temporal || mongodb ? 'up' : 'down',
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

/** Gauges are measured when somebody looks; the size of the inbox keeps its last value while MongoDB is away. */
async function measureServers(deps: ApiDependencies): Promise<void> {
  const { metrics, store } = deps;
  const [{ temporal, mongodb }, waiting] = await Promise.all([
    checkServers(deps),
    within(checkMs, store.inbox.count(), 'MongoDB').catch(() => null),
  ]);
  metrics.temporalUp.set(temporal ? 1 : 0);
  metrics.mongodbUp.set(mongodb ? 1 : 0);
  if (waiting !== null) metrics.inboxSize.set(waiting);
}
