import { z } from 'zod';
import { nameOf } from './named';

type Json = Record<string, unknown>;

/** Turns schemas into JSON Schema; named ones go into the components, once for each direction. */
export class SchemaDescriber {
  private readonly registries = { input: z.registry<{ id: string }>(), output: z.registry<{ id: string }>() };
  private readonly seen = new Set<string>();

  /** Collects a schema with everything that is named inside it; call it for all schemas before `describe`. */
  collect(schema: z.ZodType, io: 'input' | 'output'): void {
    const name = nameOf(schema);
    if (name === undefined || this.registries[io].has(schema)) return;
    if (this.seen.has(name)) throw new Error(`Two schemas are named ${name}`);
    this.seen.add(name);
    this.registries[io].add(schema, { id: name });
  }

  /** A reference to a named schema, or the schema itself. */
  describe(schema: z.ZodType, io: 'input' | 'output'): Json {
    const name = nameOf(schema);
    if (name !== undefined) return { $ref: referenceTo(name) };
    return clean(z.toJSONSchema(schema, { io, unrepresentable: 'any' }));
  }

  /** `components.schemas`. */
  components(): Json {
    const all = (['input', 'output'] as const).flatMap((io) => {
      const { schemas } = z.toJSONSchema(this.registries[io], {
        io,
        unrepresentable: 'any',
        uri: referenceTo,
      });
      return Object.entries(schemas).map(([name, schema]) => [name, clean(schema)] as const);
    });
    return Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

function referenceTo(name: string): string {
  return `#/components/schemas/${name}`;
}

/** What only a document of its own needs. */
function clean(schema: object): Json {
  const { $schema: _schema, $id: _id, '~standard': _standard, ...rest } = schema as Json;
  return rest;
}
