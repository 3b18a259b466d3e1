import { readFileSync } from 'node:fs';
import path from 'node:path';
import type Router from '@koa/router';
import { getAbsoluteFSPath } from 'swagger-ui-dist';
import { docsPage, docsScript } from './page';

/** Only these files of Swagger UI are served; no name from a request reaches the disk. */
const files: Record<string, string> = {
  'swagger-ui.css': 'text/css',
  'swagger-ui-bundle.js': 'text/javascript',
  'favicon-32x32.png': 'image/png',
};

/** Nothing but this origin; Swagger UI's icons are `data:` images, and its script sets styles on elements. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** `GET /docs`: Swagger UI from the installed package, so that the page works without internet. */
export function serveDocs(router: Router): void {
  router.get('/docs', (ctx) => {
    ctx.set('Content-Security-Policy', policy);
    ctx.type = 'text/html';
    ctx.body = docsPage;
  });
  router.get('/docs/start.js', (ctx) => {
    ctx.type = 'text/javascript';
    ctx.body = docsScript;
  });
  for (const [name, type] of Object.entries(files)) {
    let content: Buffer | undefined;
    router.get(`/docs/${name}`, (ctx) => {
      content ??= readFileSync(path.join(getAbsoluteFSPath(), name));
      ctx.set('Cache-Control', 'public, max-age=86400');
      ctx.type = type;
      ctx.body = content;
    });
  }
}
