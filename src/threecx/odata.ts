import { z } from 'zod';
import { threecxError } from './reasons';

/** A text in OData: single quotes, inner ones doubled. */
export function odataText(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

/** A query string; names keep their `$`, values are escaped. */
export function odataQuery(options: Record<string, string | number>): string {
  const pairs = Object.entries(options).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

/** A function call in a path: every argument named, values escaped (colons of instants may stay). */
export function odataCall(name: string, args: Record<string, string>): string {
  const escape = (value: string): string => encodeURIComponent(value).replaceAll('%3A', ':');
  return `${name}(${Object.entries(args)
    .map(([key, value]) => `${key}=${escape(value)}`)
    .join(',')})`;
}

/** Reads the rows of a collection. A row that does not fit its schema is an answer that we do not understand. */
export function odataRows<T>(row: z.ZodType<T>): (body: unknown) => T[] {
  const collection = z.object({ value: z.array(row) });
  return (body) => {
    const parsed = collection.safeParse(body);
    if (!parsed.success) throw threecxError('not-json', { cause: parsed.error });
    return parsed.data.value;
  };
}

/** Names behind `WARNINGS.XAPI.` in an error body (3cx.md section 5.6). */
export function odataWarnings(body: string): string[] {
  return [...body.matchAll(/WARNINGS\.XAPI\.([A-Z0-9_]+)/g)].map((match) => match[1] ?? '');
}
