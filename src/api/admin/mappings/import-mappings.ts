import { isDeepStrictEqual } from 'node:util';
import type { Connection } from '../../../domain/connection';
import type { Actor, MappingRow } from '../../../store';
import type { CsvUpload } from '../bodies';
import { fieldErrors } from '../field-errors';
import { plainWords } from '../plain-words';
import type { MappingKind } from './mapping-kind';
import type { CsvRow, RowError } from './read-csv';
import { readCsv } from './read-csv';
import { writeCsv } from './write-csv';

const errorsShown = 1_000;

/** What an import did, or would do; with errors nothing was written. */
export interface ImportOutcome {
  created: number;
  updated: number;
  unchanged: number;
  errors: RowError[];
}

/** Imports a file, all or nothing. Rows that are not in the file stay. */
export async function importMappings<T extends object>(
  kind: MappingKind<T>,
  connection: Connection,
  upload: CsvUpload,
  actor: Actor,
  options: { dryRun: boolean },
): Promise<ImportOutcome> {
  const { rows, errors } = readCsv(upload, kind.csv.columns, kind.csv.required);
  const read = rows.map((row) => readRow(kind, row));
  errors.push(...read.flatMap((result) => ('errors' in result ? result.errors : [])));
  const good = read.flatMap((result) => ('mapping' in result ? [result] : []));
  errors.push(...duplicates(kind, good, connection.country));
  if (errors.length > 0) {
    errors.sort((a, b) => a.row - b.row);
    return { created: 0, updated: 0, unchanged: 0, errors: errors.slice(0, errorsShown) };
  }
  const known = await knownRows(kind, connection);
  const mappings = good.map(({ mapping }) => {
    const stored = known.get(kind.sameKey(mapping.key, connection.country));
    if (stored === undefined) return mapping;
    // A row that says what is stored already is no change, whoever wrote it first and however the key is spelt.
    return isDeepStrictEqual(stored.value, mapping.value) ? stored : { ...mapping, key: stored.key };
  });
  const counts = await kind.repository.putMany(connection.id, mappings, actor, options);
  return { ...counts, errors: [] };
}

/** Every row, in key order, in the form that the import reads. */
export async function exportMappings<T extends object>(
  kind: MappingKind<T>,
  connection: Connection,
): Promise<string> {
  const rows = (await kind.repository.all(connection.id)).map((row) => kind.csv.toCells(row));
  const columns = kind.csv.columns.filter(
    (column) => !kind.csv.optional.includes(column) || rows.some((row) => (row[column] ?? '') !== ''),
  );
  return writeCsv(
    columns,
    rows.map((row) => columns.map((column) => row[column] ?? '')),
  );
}

type ReadRow<T> = { row: number; mapping: MappingRow<T> } | { errors: RowError[] };

function readRow<T extends object>(kind: MappingKind<T>, { row, cells }: CsvRow): ReadRow<T> {
  const { [kind.key]: written = '', ...rest } = cells;
  const key = kind.keySchema.safeParse(written, { error: plainWords });
  const value = kind.valueSchema.safeParse(kind.csv.fromCells(rest), { error: plainWords });
  if (key.success && value.success)
    return { row, mapping: { key: key.data, value: value.data, origin: 'import' } };
  const errors = [
    ...(key.success ? [] : fieldErrors(key.error, kind.key)),
    ...(value.success ? [] : fieldErrors(value.error, 'row')),
  ];
  return { errors: errors.map((error) => ({ row, ...error })) };
}

function duplicates<T extends object>(
  kind: MappingKind<T>,
  rows: { row: number; mapping: MappingRow<T> }[],
  country: string,
): RowError[] {
  const firstRows = new Map<string, number>();
  return rows.flatMap(({ row, mapping }) => {
    const key = kind.sameKey(mapping.key, country);
    const first = firstRows.get(key);
    if (first === undefined) firstRows.set(key, row);
    return first === undefined ? [] : [{ row, field: kind.key, message: `stands already in row ${first}` }];
  });
}

async function knownRows<T extends object>(
  kind: MappingKind<T>,
  connection: Connection,
): Promise<Map<string, MappingRow<T>>> {
  const rows = await kind.repository.all(connection.id);
  return new Map(rows.map((row) => [kind.sameKey(row.key, connection.country), row]));
}
