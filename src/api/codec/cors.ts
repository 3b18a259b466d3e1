import type { Context } from 'koa';
import { HttpProblem } from '../problem';

const headersTaken = 'authorization, authorization-extras, content-type, x-namespace';

/**
 * Lets exactly one other origin ask, with its cookies. Requests without an `Origin` come from no browser page and pass; the
 * API's own pages do too.
 *
 * @param uiUrl where operators open Temporal's UI; null: nobody.
 * @throws {HttpProblem} 403 for every other origin.
 */
export function allowOrigin(ctx: Context, uiUrl: string | null): void {
  ctx.vary('Origin');
  const origin = ctx.get('origin');
  if (origin === '' || isOwnOrigin(ctx, origin)) return;
  if (uiUrl === null || origin !== new URL(uiUrl).origin)
    throw new HttpProblem(403, { detail: 'Payloads are decoded for Temporal’s UI only.' });
  ctx.set({ 'Access-Control-Allow-Origin': origin, 'Access-Control-Allow-Credentials': 'true' });
}

/** Answers the browser's question before the real request. */
export function answerPreflight(ctx: Context): void {
  ctx.set({
    'Access-Control-Allow-Methods': 'POST',
    'Access-Control-Allow-Headers': headersTaken,
    'Access-Control-Max-Age': '600',
  });
  ctx.status = 204;
}

/** Whether a page of this API sent the request; a browser names the origin with every POST. */
export function isOwnOrigin(ctx: Context, origin: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === ctx.host.toLowerCase() && origin !== 'null';
}
