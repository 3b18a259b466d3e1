import { createHash } from 'node:crypto';
import Router from '@koa/router';
import { adminRoutes } from '../admin/routes';
import { codecPaths } from '../codec/codec-paths';
import type { ApiDependencies } from '../dependencies';
import { serveDocs } from '../docs/serve-docs';
import { openapiDocument } from './document';
import { healthPaths } from './health-paths';
import { webhookPaths } from './webhook-paths';

/** `GET /openapi.json` for programs and `GET /docs` for people. */
export function createOpenapiRouter(deps: ApiDependencies): Router {
  const others = [...webhookPaths, ...healthPaths, ...codecPaths];
  const text = JSON.stringify(openapiDocument(deps.settings, adminRoutes(deps), others));
  const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
  const router = new Router();
  router.get('/openapi.json', (ctx) => {
    ctx.set({ ETag: etag, 'Cache-Control': 'no-cache' });
    ctx.type = 'application/json';
    ctx.body = text;
    if (ctx.fresh) ctx.status = 304;
  });
  serveDocs(router);
  return router;
}
