import type { Middleware } from 'koa';
import { HttpProblem } from './problem';

interface Matched {
  matched?: { path: string | RegExp; methods: string[] }[];
}

/**
 * The end of the road: 405 with `Allow` when a route has this path under another method, else 404. Where a fixed path is
 * meant (`/extensions/export`), the routes with a parameter in its place are not.
 */
export const notFound: Middleware = (ctx) => {
  const matched = (ctx as unknown as Matched).matched ?? [];
  const fixed = matched.filter(({ path }) => !/:\w+$/.test(String(path)));
  const routes = fixed.length > 0 ? fixed : matched;
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
