import { z } from 'zod';
import type { Connection } from '../../../domain/connection';
import type { MappingRow, Versioned } from '../../../store';
import { HttpProblem } from '../../problem';
import { named } from '../../openapi/named';
import { problemSchema } from '../problem-schema';
import { csvBody, parseWith, uncheckedJsonBody } from '../bodies';
import { stale } from '../connections/put-connection';
import { dryRunQuery, pageOf, pageQuery, pageRequest, showPage } from '../query';
import type { Route } from '../route';
import { defineConnectionRoute } from '../route';
import { exportMappings, importMappings } from './import-mappings';
import type { MappingKind } from './mapping-kind';

const rowErrorSchema = z.strictObject({ row: z.number().int(), field: z.string(), message: z.string() });

const importAnswer = named(
  'ImportAnswer',
  z.strictObject({
    created: z.number().int(),
    updated: z.number().int(),
    unchanged: z.number().int(),
    errors: z.array(rowErrorSchema),
  }),
);

const importProblem = named(
  'ImportProblem',
  z.object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    ...importAnswer.shape,
  }),
);

/** A file that does not fit, or a request that does not. */
const importRefusal = z.union([importProblem, problemSchema]);

/** List, read, write and remove mappings of one kind, as JSON and as CSV files. Fixed paths come first. */
export function mappingRoutes<T extends object>(kind: MappingKind<T>): Route[] {
  return [...fileRoutes(kind), ...rowRoutes(kind)];
}

function fileRoutes<T extends object>(kind: MappingKind<T>): Route[] {
  const { noun, path } = kind;
  const columns = kind.csv.columns.join(',');
  return [
    defineConnectionRoute({
      method: 'get',
      path: `/${path}/export`,
      id: `export${noun}s`,
      tag: `${noun}s`,
      summary: `All ${path} as a CSV file (${columns})`,
      answers: { 200: { description: 'The file', schema: z.string(), contentType: 'text/csv' } },
      handle: async ({ connection }) => ({
        status: 200,
        body: await exportMappings(kind, connection.value),
        contentType: 'text/csv; charset=utf-8',
        headers: { 'Content-Disposition': `attachment; filename="${connection.value.id}-${path}.csv"` },
      }),
    }),
    defineConnectionRoute({
      method: 'post',
      path: `/${path}/import`,
      id: `import${noun}s`,
      tag: `${noun}s`,
      summary: `Takes in a CSV file (${columns}), all or nothing`,
      description: 'Comma or semicolon, UTF-8 or windows-1251. Rows that are not in the file stay.',
      query: dryRunQuery,
      body: csvBody,
      answers: {
        200: { description: 'What was, or would be, changed', schema: importAnswer },
        400: {
          description: 'Nothing was changed; rows are counted with the header as row 1',
          schema: importRefusal,
          contentType: 'application/problem+json',
        },
      },
      handle: async ({ connection, body, actor, query }) => {
        const dryRun = query.dryRun === 'true';
        const outcome = await importMappings(kind, connection.value, body, actor, { dryRun });
        if (outcome.errors.length === 0) return { status: 200, body: outcome };
        const detail = 'Nothing was imported: some rows do not fit.';
        return {
          status: 400,
          body: { type: 'about:blank', title: 'Bad request', status: 400, detail, ...outcome },
          contentType: 'application/problem+json',
        };
      },
    }),
  ];
}

function rowRoutes<T extends object>(kind: MappingKind<T>): Route[] {
  const { noun, path, key, repository } = kind;
  const tag = `${noun}s`;
  const params = { [key]: kind.keySchema };
  const one = { path: `/${path}/{${key}}`, tag, params };
  const shown = { schema: kind.answerSchema, headers: ['ETag'] };
  const keyOf = (given: object): string => (given as Record<string, string>)[key]!;
  return [
    defineConnectionRoute({
      method: 'get',
      path: `/${path}`,
      id: `list${noun}s`,
      tag,
      summary: `All ${path}, in order`,
      query: pageQuery,
      answers: { 200: { description: 'A page', schema: named(`${noun}Page`, pageOf(kind.answerSchema)) } },
      handle: async ({ params: { connection }, query }) => ({
        status: 200,
        body: await showPage(await repository.list(connection, pageRequest(query)), (row) => show(kind, row)),
      }),
    }),
    defineConnectionRoute({
      ...one,
      method: 'get',
      id: `get${noun}`,
      summary: `One ${key}`,
      answers: { 200: { description: 'The mapping', ...shown } },
      handle: async ({ connection, params: given }) => {
        const stored = await find(kind, connection.value, keyOf(given));
        if (stored === null) throw missing(kind);
        return { status: 200, body: show(kind, stored), headers: { ETag: stored.etag } };
      },
    }),
    defineConnectionRoute({
      ...one,
      method: 'put',
      id: `put${noun}`,
      summary: `Maps one ${key}; acts on the next event`,
      body: uncheckedJsonBody(kind.valueSchema),
      answers: { 200: { description: 'Changed', ...shown }, 201: { description: 'Made', ...shown } },
      handle: async ({ connection, params: given, body, actor, ifMatch }) => {
        const value = parseWith(kind.valueSchema, withoutReadOnly(kind, keyOf(given), body));
        const stored = await find(kind, connection.value, keyOf(given));
        const row = { key: stored?.value.key ?? keyOf(given), value, origin: 'manual' };
        const put = await repository.put(connection.value.id, row, actor, ifMatch);
        if (put.outcome === 'stale') throw stale();
        const status = put.outcome === 'created' ? 201 : 200;
        return { status, body: show(kind, put.stored), headers: { ETag: put.stored.etag } };
      },
    }),
    defineConnectionRoute({
      ...one,
      method: 'delete',
      id: `delete${noun}`,
      summary: `Forgets the mapping of one ${key}`,
      answers: { 204: { description: 'Removed' } },
      handle: async ({ connection, params: given, actor, ifMatch }) => {
        const stored = await find(kind, connection.value, keyOf(given));
        if (stored === null) throw missing(kind);
        const outcome = await repository.delete(connection.value.id, stored.value.key, actor, ifMatch);
        if (outcome === 'stale') throw stale();
        return { status: 204 };
      },
    }),
  ];
}

/** The row of a key, under whatever spelling it is stored. */
async function find<T extends object>(
  { repository, spellings }: MappingKind<T>,
  connection: Connection,
  written: string,
): Promise<Versioned<MappingRow<T>> | null> {
  for (const spelling of spellings(written, connection.country)) {
    const stored = await repository.get(connection.id, spelling);
    if (stored !== null) return stored;
  }
  return null;
}

function show<T extends object>(
  { key }: MappingKind<T>,
  { value: row, updatedAt }: Versioned<MappingRow<T>>,
): object {
  return { [key]: row.key, ...row.value, origin: row.origin, updatedAt };
}

/** What an answer held beside the mapping may come back; another key may not. */
function withoutReadOnly<T extends object>({ key }: MappingKind<T>, written: string, body: object): object {
  return Object.fromEntries(
    Object.entries(body).filter(
      ([name, value]) => name !== 'origin' && name !== 'updatedAt' && !(name === key && value === written),
    ),
  );
}

function missing<T extends object>({ key }: MappingKind<T>): HttpProblem {
  return new HttpProblem(404, { detail: `There is no mapping of this ${key}.` });
}
