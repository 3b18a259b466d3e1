import type { z } from 'zod';

const names = new WeakMap<z.ZodType, string>();

/** Gives a schema a name of its own in the document (`#/components/schemas/{name}`). */
export function named<S extends z.ZodType>(name: string, schema: S): S {
  names.set(schema, name);
  return schema;
}

/** The name given by `named`, if any. */
export function nameOf(schema: z.ZodType): string | undefined {
  return names.get(schema);
}
