import Router from '@koa/router';
import type { Context } from 'koa';
import type { z } from 'zod';
import { connectionNameSchema } from '../../domain/connection';
import type { Connection } from '../../domain/connection';
import { BadCursor } from '../../store';
import type { Versioned } from '../../store';
import type { ApiDependencies } from '../dependencies';
import { HttpProblem } from '../problem';
import { WrongTokenLimit } from '../webhooks/wrong-token-limit';
import { authenticate } from './authenticate';
import { authorise } from './authorise';
import { parseWith } from './bodies';
import { queryOf } from './query';
import type { Answer, Route } from './route';

/** Where all routes of the admin API live. */
export const adminPrefix = '/api/v1';

/**
 * Serves routes: key, role and scope, connection, parameters, body, in this order, then the handler.
 *
 * @param routes a fixed path must stand before the one with a parameter in its place.
 */
export function mountRoutes(deps: ApiDependencies, routes: readonly Route[]): Router {
  const limit = new WrongTokenLimit(() => deps.clock().getTime());
  const router = new Router({ prefix: adminPrefix, sensitive: true });
  for (const route of routes) {
    const words = wordsOfOthers(route, routes);
    router[route.method](koaPath(route.path), async (ctx, next) => {
      if (words.has(ctx.path.split('/').at(-1)!)) return next();
      send(ctx as unknown as Context, await run(deps, route, ctx as unknown as Context, limit));
    });
  }
  return router;
}

/**
 * Last words of fixed paths in the place of the route's last parameter, save those that could be its value too: another
 * method there is 405 and no bad parameter.
 */
function wordsOfOthers({ path, params }: Route, routes: readonly Route[]): Set<string> {
  const [, before, name] = /^(.*\/)\{(\w+)\}$/.exec(path) ?? [];
  if (before === undefined || name === undefined) return new Set();
  const rule = params.shape[name] as z.ZodType;
  const words = routes
    .filter((other) => other.path.startsWith(before))
    .map((other) => other.path.slice(before.length));
  return new Set(words.filter((word) => /^[\w-]+$/.test(word) && !rule.safeParse(word).success));
}

/** `/lines/{did}` as `/lines/:did`. */
function koaPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1');
}

async function run(
  deps: ApiDependencies,
  route: Route,
  ctx: Context,
  limit: WrongTokenLimit,
): Promise<Answer> {
  const key = await authenticate(ctx, deps.store.adminKeys, limit);
  const given = ctx.params as Record<string, string>;
  authorise(key, route, given.connection);
  const connection = route.needsConnection ? await existing(deps, given.connection ?? '') : undefined;
  const params = parseWith(route.params, given, 'path');
  const query = parseWith(route.query, queryOf(ctx), 'query');
  const body = route.body === null ? undefined : await route.body.read(ctx);
  const actor = { id: key.id, requestId: ctx.state.requestId as string | undefined };
  const ifMatch = ctx.get('if-match').trim() || undefined;
  try {
    return await route.handle({ params, query, body, key, actor, ifMatch, connection });
  } catch (error) {
    if (!(error instanceof BadCursor)) throw error;
    throw new HttpProblem(400, {
      detail: 'The request does not fit.',
      errors: [{ field: 'cursor', message: 'is not a cursor of this list' }],
      cause: error,
    });
  }
}

async function existing(deps: ApiDependencies, name: string): Promise<Versioned<Connection>> {
  const stored = connectionNameSchema.safeParse(name).success ? await deps.store.connections.get(name) : null;
  if (stored === null) throw new HttpProblem(404, { detail: 'There is no connection of this name.' });
  return stored;
}

function send(ctx: Context, { status, body, contentType, headers }: Answer): void {
  ctx.status = status;
  ctx.set(headers ?? {});
  if (body === undefined) return;
  ctx.type = contentType ?? 'application/json';
  ctx.body = typeof body === 'string' ? body : JSON.stringify(body);
}
