import type { Middleware } from 'koa';
import { HttpProblem } from './problem';

interface Matched {
  matched?: { methods: string[] }[];
}

/** The end of the road: 405 with `Allow` when a route has this path under another method, else 404. */
export const notFound: Middleware = (ctx) => {
  const routes = (ctx as unknown as Matched).matched ?? [];
  const allowed = [...new Set(routes.flatMap((route) => route.methods))];
  if (allowed.length === 0) throw new HttpProblem(404, { detail: 'There is nothing at this address.' });
  const allow = allowed.join(', ');
  if (ctx.method === 'OPTIONS') {
    ctx.status = 204;
    ctx.set('Allow', allow);
    return;
  }
  throw new HttpProblem(405, { detail: `Use ${allow}.`, headers: { Allow: allow } });
};
