import type { Middleware } from 'koa';
import { HttpProblem } from './problem';

const headerBytes = 16_384;

/** What Node would refuse without a body: HTTP/1.1 without `Host`, and headers (the address apart) beyond 16 KiB. */
export const checkHead: Middleware = async (ctx, next) => {
  if (ctx.req.httpVersion === '1.1' && ctx.get('host') === '')
    throw new HttpProblem(400, {
      detail: 'The Host header is missing.',
      errors: [{ field: 'Host', message: 'is missing' }],
    });
  const length = ctx.req.rawHeaders.reduce((sum, text) => sum + text.length + 2, 0);
  if (length > headerBytes) throw new HttpProblem(431, { detail: 'The headers are too long.' });
  await next();
};
