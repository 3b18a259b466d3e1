import type { IncomingMessage } from 'node:http';
import { parse as parseContentType } from 'content-type';
import type { Context } from 'koa';
import { whenCutOff } from './cut-off';
import { awaitsContinue } from './expect-continue';
import { HttpProblem } from './problem';
import type { ProblemOptions } from './problem';

export interface BodyLimits {
  /** Longest body that is taken; one byte more is refused with 413. */
  limitBytes: number;
  /** From the call to the last byte; later is refused with 408. */
  timeoutMs: number;
}

/** A body that was not read to its end; `received` is what came, at most the limit. */
export class BodyRefused extends HttpProblem {
  constructor(
    status: 400 | 408 | 413,
    readonly received: Buffer,
    options: ProblemOptions,
  ) {
    super(status, options);
  }
}

/** How long the first bytes of a body may take that is known to be too long; they are kept for the operator. */
const prefixMs = 1_000;

/**
 * Reads a body whole, at most `limitBytes`, however it is sent, and never reads on after the limit. Compressed bodies
 * are refused with 415, so that nothing is ever inflated. Own code instead of `raw-body`, because the first bytes
 * of a refused body are kept for the operator, and `raw-body` drops them.
 *
 * @throws {HttpProblem} 415. @throws {BodyRefused} 413, 408, or 400 when the sender broke off or what followed is no HTTP.
 */
export async function readBody(ctx: Context, limits: BodyLimits): Promise<Buffer> {
  refuseEncoding(ctx);
  const declared = Number(ctx.get('content-length') || 0);
  const tooLong = declared > limits.limitBytes;
  if (tooLong && awaitsContinue.has(ctx.req)) throw bodyTooLong(limits.limitBytes, Buffer.alloc(0));
  awaitsContinue.get(ctx.req)?.();
  const { bytes, end } = await collect(ctx.req, {
    limitBytes: limits.limitBytes,
    timeoutMs: tooLong ? Math.min(prefixMs, limits.timeoutMs) : limits.timeoutMs,
  });
  if (tooLong || end === 'too-long') throw bodyTooLong(limits.limitBytes, bytes);
  if (end === 'too-slow')
    throw new BodyRefused(408, bytes, {
      detail: `The body was not complete within ${limits.timeoutMs} ms.`,
      errors: [{ field: 'body', message: 'was not complete in time' }],
      headers: { Connection: 'close' },
    });
  if (end === 'broken-off')
    throw new BodyRefused(400, bytes, {
      detail: 'The body could not be read to its end.',
      errors: [{ field: 'body', message: 'could not be read to its end' }],
    });
  return bytes;
}

function bodyTooLong(limitBytes: number, received: Buffer): BodyRefused {
  return new BodyRefused(413, received, {
    detail: `The body is longer than ${limitBytes} bytes.`,
    errors: [{ field: 'body', message: `must have at most ${limitBytes} bytes` }],
  });
}

/** Refuses any `Content-Encoding` but `identity`. @throws {HttpProblem} 415 */
export function refuseEncoding(ctx: Context): void {
  const encoding = ctx.get('content-encoding').trim().toLowerCase();
  if (encoding !== '' && encoding !== 'identity')
    throw new HttpProblem(415, {
      detail: 'Compressed bodies are not taken.',
      errors: [{ field: 'Content-Encoding', message: 'must be absent' }],
    });
}

/**
 * The media type in lower case and its charset, or null when the header is absent. Two headers, or an unreadable one, give
 * type `''`.
 */
export function mediaTypeOf(ctx: Context): { type: string; charset: string | null } | null {
  const header = ctx.get('content-type');
  if (header.trim() === '') return null;
  try {
    const { type, parameters } = parseContentType(header);
    return { type, charset: parameters.charset?.toLowerCase() ?? null };
  } catch {
    return { type: '', charset: null };
  }
}

/** @throws {HttpProblem} 415 unless the type is one of `types` and the charset, if named, is UTF-8. */
export function requireMediaType(ctx: Context, types: readonly string[]): string {
  const media = mediaTypeOf(ctx);
  const charsetFits = media === null || media.charset === null || /^utf-?8$|^us-ascii$/.test(media.charset);
  if (media !== null && types.includes(media.type) && charsetFits) return media.type;
  throw new HttpProblem(415, {
    detail: `Send ${types.join(' or ')} in UTF-8.`,
    errors: [
      {
        field: 'Content-Type',
        message: charsetFits ? `must be ${types.join(' or ')}` : 'charset must be utf-8',
      },
    ],
    headers: { Accept: types.join(', ') },
  });
}

/** Strict UTF-8; a byte order mark is dropped. @throws {HttpProblem} 400 instead of replacing what is broken. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new HttpProblem(400, {
      detail: 'The body is not UTF-8.',
      errors: [{ field: 'body', message: 'must be UTF-8' }],
    });
  }
}

/** @throws {HttpProblem} 400 for what is no JSON document; the message holds nothing of the body. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpProblem(400, {
      detail: 'The body is not valid JSON.',
      errors: [{ field: 'body', message: 'must be valid JSON' }],
    });
  }
}

/**
 * Reads a JSON body, any value, for zod to judge.
 *
 * @throws {HttpProblem} 415, 413, 408, 400, in this order.
 */
export async function readJson(
  ctx: Context,
  limits: BodyLimits,
  types: readonly string[] = ['application/json'],
): Promise<unknown> {
  refuseEncoding(ctx);
  requireMediaType(ctx, types);
  return parseJson(decodeUtf8(await readBody(ctx, limits)));
}

interface Collected {
  bytes: Buffer;
  end: 'complete' | 'too-long' | 'too-slow' | 'broken-off';
}

/** Collects up to the limit and pauses the request where it stops; never rejects. */
export function collect(request: IncomingMessage, limits: BodyLimits): Promise<Collected> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const stop = (end: Collected['end']): void => {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('close', onClose);
      forgetCutOff();
      request.pause();
      resolve({ bytes: Buffer.concat(chunks).subarray(0, limits.limitBytes), end });
    };
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk);
      length += chunk.length;
      if (length > limits.limitBytes) stop('too-long');
    };
    const onEnd = (): void => stop('complete');
    const onClose = (): void => stop(request.complete ? 'complete' : 'broken-off');
    const timer = setTimeout(() => stop('too-slow'), limits.timeoutMs);
    request.on('data', onData).on('end', onEnd).on('close', onClose);
    // A broken connection shows as `close`; without a listener the error would end the process.
    request.on('error', () => undefined);
    const forgetCutOff = whenCutOff(request, onClose);
    if (request.readableEnded || request.destroyed) onClose();
  });
}
