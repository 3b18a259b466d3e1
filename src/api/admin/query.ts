import type { Context } from 'koa';
import { z } from 'zod';
import type { Page, PageRequest } from '../../store';

/** Parameters of every list. */
export const pageQuery = {
  cursor: z.string().min(1).max(512).optional().meta({ description: 'nextCursor of the page before' }),
  limit: z.coerce
    .number('must be a whole number, 1 to 200')
    .int('must be a whole number, 1 to 200')
    .min(1, 'must be a whole number, 1 to 200')
    .max(200, 'must be a whole number, 1 to 200')
    .default(50),
};

/** Parameter of everything that can be tried first. */
export const dryRunQuery = {
  dryRun: z
    .enum(['true', 'false'])
    .default('false')
    .meta({ description: 'true: nothing is written, the answer tells what would be' }),
};

/** The answer of a list. */
export function pageOf<S extends z.ZodType>(
  item: S,
): z.ZodObject<{ items: z.ZodArray<S>; nextCursor: z.ZodOptional<z.ZodString> }> {
  return z.strictObject({ items: z.array(item), nextCursor: z.string().optional() });
}

/** The query string as the schemas see it: an empty value is an absent one, a repeated one stays a list and is refused. */
export function queryOf(ctx: Context): Record<string, unknown> {
  return Object.fromEntries(Object.entries(ctx.query).filter(([, value]) => value !== ''));
}

/** The page that a query asks for. */
export function pageRequest(query: { cursor?: string; limit: number }): PageRequest {
  return { limit: query.limit, ...(query.cursor === undefined ? {} : { cursor: query.cursor }) };
}

/** A page with every item shown. */
export async function showPage<T, U>(page: Page<T>, show: (item: T) => U | Promise<U>): Promise<Page<U>> {
  const items = await Promise.all(page.items.map((item) => show(item)));
  return { items, ...(page.nextCursor === undefined ? {} : { nextCursor: page.nextCursor }) };
}
