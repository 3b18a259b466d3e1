import type { Context } from 'koa';
import { awaitsContinue } from '../expect-continue';
import { HttpProblem } from '../problem';
import type { BodyLimits } from '../request-body';
import {
  BodyRefused,
  collect,
  decodeUtf8,
  parseJson,
  readBody,
  refuseEncoding,
  requireMediaType,
} from '../request-body';
import type { FormPair } from './form';
import { parseForm, toFields } from './form';

const jsonType = 'application/json';
const types = [jsonType, 'application/x-www-form-urlencoded'];

/** Longest body, or query of a GET, that is taken. */
export const contentBytes = 65_536;
/** How long the bytes of something refused may take that are kept for the operator. */
const keptMs = 1_000;

/** A webhook's content, read whole and not yet understood. */
export interface RawContent {
  /** Media type in lower case, null for a GET and for a POST without a body. */
  type: string | null;
  body: Buffer;
  /** The query without the token. */
  query: readonly FormPair[];
}

/**
 * Reads what a webhook brings: a JSON or form body, the query of a GET, or that of a POST without a body.
 *
 * @throws {HttpProblem} 415, then 413, then 408.
 */
export async function readContent(
  ctx: Context,
  query: readonly FormPair[],
  limits: BodyLimits,
): Promise<RawContent> {
  if (ctx.method === 'GET') {
    if (rawQuery(ctx).length > limits.limitBytes)
      throw new BodyRefused(413, Buffer.alloc(0), {
        detail: `The query is longer than ${limits.limitBytes} bytes.`,
        errors: [{ field: 'query', message: `must have at most ${limits.limitBytes} bytes` }],
      });
    return { type: null, body: Buffer.alloc(0), query };
  }
  refuseEncoding(ctx);
  const type = ctx.get('content-type') === '' && !announcesBody(ctx) ? null : requireMediaType(ctx, types);
  return { type, body: await readBody(ctx, limits), query };
}

/**
 * The fields as a flat object without prototype, so that no name in it can reach one. A body wins over the query,
 * which counts only when there is no body.
 *
 * @throws {HttpProblem} 400 for malformed content.
 */
export function fieldsOf({ type, body, query }: RawContent): Record<string, unknown> {
  if (body.length === 0) return toFields(query);
  if (type !== jsonType) return toFields(parseForm(body.toString('latin1')));
  const document = parseJson(decodeUtf8(body));
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    throw new HttpProblem(400, {
      detail: 'The body is no JSON object.',
      errors: [{ field: 'body', message: 'must be a JSON object' }],
    });
  return Object.assign(Object.create(null) as Record<string, unknown>, document);
}

/** What can be had of a body that is refused for other reasons, to be kept: bounded in bytes and time. */
export async function glance(ctx: Context): Promise<Buffer> {
  // A sender that asks before it sends its body is answered now and never sends it.
  if (!announcesBody(ctx) || awaitsContinue.has(ctx.req)) return Buffer.alloc(0);
  return (await collect(ctx.req, { limitBytes: contentBytes, timeoutMs: keptMs })).bytes;
}

/** The query as it was sent, one character for each byte. */
export function rawQuery(ctx: Context): string {
  const address = ctx.req.url ?? '';
  const mark = address.indexOf('?');
  return mark < 0 ? '' : address.slice(mark + 1);
}

function announcesBody(ctx: Context): boolean {
  return ctx.get('transfer-encoding') !== '' || Number(ctx.get('content-length') || 0) > 0;
}
