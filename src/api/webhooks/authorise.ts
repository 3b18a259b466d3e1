import type { Context } from 'koa';
import type { Connection } from '../../domain/connection';
import { connectionNameSchema } from '../../domain/connection';
import type { ApiDependencies } from '../dependencies';
import { HttpProblem } from '../problem';
import type { FormPair } from './form';
import { isAnyValid, tokensOf } from './webhook-token';
import type { WrongTokenLimit } from './wrong-token-limit';

type Needed = Pick<ApiDependencies, 'connections'> & { wrongTokens: WrongTokenLimit };

/** @throws {HttpProblem} 404, or 503 while nobody can know because the database was never reached. */
export async function findConnection(name: string, { connections }: Needed): Promise<Connection> {
  const isName = connectionNameSchema.safeParse(name).success;
  const connection = isName ? await connections.find(name) : null;
  if (connection !== null) return connection;
  if (isName && !connections.loaded)
    throw new HttpProblem(503, {
      detail: 'The connections are not known yet.',
      headers: { 'Retry-After': '5' },
    });
  throw new HttpProblem(404, {
    detail: 'There is no such connection.',
    errors: [{ field: 'connection', message: 'is not known' }],
  });
}

/**
 * Lets a webhook with a good token pass, before its body is read. One answer for every reason; 429 only when the
 * address sent a flood of wrong tokens, and never together with a good one.
 *
 * @throws {HttpProblem} 401 or 429.
 */
export async function authorise(
  ctx: Context,
  connection: Connection,
  query: readonly FormPair[],
  { connections, wrongTokens }: Needed,
): Promise<void> {
  const sent = tokensOf(ctx.headers, query);
  if (isAnyValid(sent, connection.webhookTokens)) return;
  if (sent.length > 0) {
    // Another process may have changed the tokens a moment ago. Who floods is not worth a wait.
    const isFlood = wrongTokens.isFlood(ctx.req.socket.remoteAddress ?? '');
    const fresh = await (isFlood
      ? connections.findAgain(connection.id)
      : connections.findAnew(connection.id));
    if (fresh !== null && isAnyValid(sent, fresh.webhookTokens)) return;
    refuseFlood(ctx, wrongTokens);
  }
  throw new HttpProblem(401, {
    detail: 'No or wrong webhook token.',
    errors: [{ field: 'token', message: 'is missing or wrong' }],
    headers: { 'WWW-Authenticate': 'Bearer realm="webhooks"' },
  });
}

/** Counts a wrong token. @throws {HttpProblem} 429 when there were too many from this address. */
export function refuseFlood(ctx: Context, wrongTokens: WrongTokenLimit): void {
  const waitSeconds = wrongTokens.count(ctx.req.socket.remoteAddress ?? '');
  if (waitSeconds !== null)
    throw new HttpProblem(429, {
      detail: 'Too many wrong tokens from this address.',
      errors: [{ field: 'token', message: 'is wrong' }],
      headers: { 'Retry-After': String(waitSeconds) },
    });
}
