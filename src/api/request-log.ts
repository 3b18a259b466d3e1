import { randomUUID } from 'node:crypto';
import type { Middleware } from 'koa';
import type { ApiDependencies } from './dependencies';

/**
 * One line for each request: method, path, status, time. Never the query string (it may hold a token or a number),
 * headers or body. `ctx.state.requestId` names the request for the audit trail and the answer's `X-Request-Id`.
 */
export function logRequests({
  log,
  metrics,
  connections,
}: Pick<ApiDependencies, 'log' | 'metrics' | 'connections'>): Middleware {
  return async (ctx, next) => {
    const started = process.hrtime.bigint();
    const requestId = randomUUID();
    ctx.state.requestId = requestId;
    ctx.set('X-Request-Id', requestId);
    // Once the answer is on its way: what is written here keeps no sender waiting.
    ctx.res.once('close', () => {
      const durationMs = Math.round(Number(process.hrtime.bigint() - started) / 1e4) / 100;
      metrics.requests.inc({ method: ctx.method, status: ctx.status });
      const { _matchedRoute: route, params } = ctx as {
        _matchedRoute?: unknown;
        params?: { connection?: string };
      };
      // A path that names no connection of ours may hold anything, a number too.
      const connection = connections.get(params?.connection ?? '')?.id;
      log.info(
        {
          requestId,
          method: ctx.method,
          route: typeof route === 'string' ? route : undefined,
          connection,
          status: ctx.status,
          durationMs,
        },
        'Request',
      );
    });
    await next();
  };
}
