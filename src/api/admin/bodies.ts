import type { Context } from 'koa';
import { z } from 'zod';
import { HttpProblem } from '../problem';
import { mediaTypeOf, readBody, readJson } from '../request-body';
import { fieldErrors } from './field-errors';
import { plainWords } from './plain-words';
import type { RouteBody } from './route';

/** Limits of JSON bodies. */
const jsonBodyLimits = { limitBytes: 1_048_576, timeoutMs: 10_000 };

/** Limits of CSV files: more than any switchboard has extensions. */
const csvBodyLimits = { limitBytes: 5_242_880, timeoutMs: 30_000 };

const deepest = 32;

/** A JSON body, checked by `schema`. */
export function jsonBody<S extends z.ZodType>(schema: S): RouteBody<z.output<S>> {
  return {
    contentTypes: ['application/json'],
    schema,
    required: true,
    read: async (ctx) => parseWith(schema, await readSafeJson(ctx)),
  };
}

/** A JSON body that may be left out; then it is `undefined`. */
export function optionalJsonBody<S extends z.ZodType>(schema: S): RouteBody<z.output<S> | undefined> {
  return {
    contentTypes: ['application/json'],
    schema,
    required: false,
    read: async (ctx) => (hasBody(ctx) ? parseWith(schema, await readSafeJson(ctx)) : undefined),
  };
}

/** A JSON object that the handler checks itself, after it has filled in what is stored. */
export function uncheckedJsonBody(
  schema: z.ZodType,
  contentTypes: readonly string[] = ['application/json'],
): RouteBody<Record<string, unknown>> {
  return {
    contentTypes,
    schema,
    required: true,
    read: async (ctx) => parseWith(z.record(z.string(), z.unknown()), await readSafeJson(ctx, contentTypes)),
  };
}

/** An uploaded CSV file and what its header says about the encoding. */
export interface CsvUpload {
  bytes: Buffer;
  charset: string | null;
}

/** A CSV file as the body. */
export const csvBody: RouteBody<CsvUpload> = {
  contentTypes: ['text/csv'],
  schema: z.string(),
  required: true,
  read: async (ctx) => {
    const media = mediaTypeOf(ctx);
    if (media?.type !== 'text/csv')
      throw new HttpProblem(415, {
        detail: 'Send text/csv.',
        errors: [{ field: 'Content-Type', message: 'must be text/csv' }],
        headers: { Accept: 'text/csv' },
      });
    return { bytes: await readBody(ctx, csvBodyLimits), charset: media.charset };
  },
};

/** @throws {HttpProblem} 400 with the fields. */
export function parseWith<S extends z.ZodType>(schema: S, value: unknown, whole = 'body'): z.output<S> {
  const parsed = schema.safeParse(value, { error: plainWords });
  if (parsed.success) return parsed.data;
  throw new HttpProblem(400, {
    detail: whole === 'body' ? 'The body does not fit.' : 'The request does not fit.',
    errors: fieldErrors(parsed.error, whole),
  });
}

function hasBody(ctx: Context): boolean {
  return ctx.get('transfer-encoding') !== '' || Number(ctx.get('content-length') || 0) > 0;
}

async function readSafeJson(ctx: Context, types: readonly string[] = ['application/json']): Promise<unknown> {
  const value = await readJson(ctx, jsonBodyLimits, types);
  refuseUnsafe(value);
  return value;
}

/**
 * Refuses what is valid JSON and still nobody's honest value: half a surrogate pair (two of them become one key in the
 * database), a NUL (the driver throws), `__proto__`, endless nesting. Walks without recursion.
 */
function refuseUnsafe(root: unknown): void {
  const open: { node: unknown; depth: number }[] = [{ node: root, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, depth } = next;
    if (depth > deepest) throw unsafe('is nested too deeply');
    if (typeof node === 'string') refuseText(node);
    if (typeof node !== 'object' || node === null) continue;
    for (const [key, value] of Object.entries(node)) {
      refuseText(key);
      if (key === '__proto__') throw unsafe('has a field that is not known');
      open.push({ node: value, depth: depth + 1 });
    }
  }
}

function refuseText(text: string): void {
  if (/\p{Surrogate}/u.test(text)) throw unsafe('holds half a character (a lone surrogate)');
  if (text.includes('\0')) throw unsafe('holds a NUL character');
}

function unsafe(message: string): HttpProblem {
  return new HttpProblem(400, { detail: `The body ${message}.`, errors: [{ field: 'body', message }] });
}
