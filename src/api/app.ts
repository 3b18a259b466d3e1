import Koa from 'koa';
import { createAdminRouter } from './admin/router';
import { checkHead } from './check-head';
import { createCodecRouter } from './codec/router';
import type { ApiDependencies } from './dependencies';
import { createHealthRouter } from './health';
import { notFound } from './not-found';
import { createOpenapiRouter } from './openapi/router';
import { renderProblems } from './render-problems';
import { logRequests } from './request-log';
import { securityHeaders } from './security-headers';
import { createWebhookRouter } from './webhooks/router';

/** The whole HTTP face as one Koa application; `app.callback()` serves it without a socket. */
export function createApp(deps: ApiDependencies): Koa {
  const app = new Koa();
  // Whoever runs it behind a proxy names addresses there; a forwarded header is never believed.
  app.proxy = false;
  // Errors of a broken connection carry the bytes that were read from it, so nothing but their code is logged.
  app.on('error', ({ code, name }: NodeJS.ErrnoException) =>
    deps.log.info({ code: code ?? name }, 'A connection broke'),
  );
  app.use(logRequests(deps));
  app.use(securityHeaders);
  app.use(renderProblems(deps.log));
  app.use(checkHead);
  const routers = [
    // First, because a phone system waits for its answer.
    createWebhookRouter(deps),
    createHealthRouter(deps),
    createAdminRouter(deps),
    createCodecRouter(deps),
    createOpenapiRouter(deps),
  ];
  for (const router of routers) app.use(router.routes());
  app.use(notFound);
  return app;
}
