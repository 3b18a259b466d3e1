import { CsvError, parse } from 'csv-parse/sync';
import { decode } from 'iconv-lite';
import { HttpProblem } from '../../problem';
import type { CsvUpload } from '../bodies';

/** What is wrong with one cell; rows are counted as a spreadsheet counts them, the header is row 1. */
export interface RowError {
  row: number;
  field: string;
  message: string;
}

/** One row below the header, by column; empty cells are absent. */
export interface CsvRow {
  row: number;
  cells: Record<string, string>;
}

const longestRowChars = 16_384;
/** More would not fit into one transaction of a small MongoDB (measured: 50,000 do not); no switchboard has as many. */
const mostRows = 10_000;

/**
 * Reads a CSV file with a header: comma or semicolon, quoted or not, UTF-8 (with or without byte order mark) or
 * windows-1251. Columns may stand in any order and in any letter case.
 *
 * @param columns names that are known; `required` must be there.
 * @throws {HttpProblem} 415 for another charset.
 */
export function readCsv(
  upload: CsvUpload,
  columns: readonly string[],
  required: readonly string[],
): { rows: CsvRow[]; errors: RowError[] } {
  const text = decodeCsv(upload);
  const records = parseRecords(text);
  if (!Array.isArray(records)) return { rows: [], errors: [records] };
  const [header, ...lines] = records;
  if (header === undefined || isBlank(header)) return { rows: [], errors: [fileError('the file is empty')] };
  if (lines.length > mostRows) return { rows: [], errors: [fileError(`at most ${mostRows} rows are taken`)] };
  const names = header.map((cell) =>
    columns.find((column) => column.toLowerCase() === cell.trim().toLowerCase()),
  );
  const errors = headerErrors(header, names, required);
  if (errors.length > 0) return { rows: [], errors };
  const rows: CsvRow[] = [];
  lines.forEach((line, index) => {
    const row = index + 2;
    if (isBlank(line)) return;
    if (line.slice(names.length).some((cell) => cell.trim() !== ''))
      errors.push({ row, field: 'row', message: 'has more cells than the header' });
    const cells = names.flatMap((name, column) => {
      const value = plainCell((line[column] ?? '').trim());
      return value === '' ? [] : [[name!, value] as const];
    });
    rows.push({ row, cells: Object.fromEntries(cells) });
  });
  return { rows, errors };
}

/** Takes off the apostrophe that an export puts before what a spreadsheet would run as a formula; see `safeCell`. */
function plainCell(value: string): string {
  return /^'+[=+\-@\t\r]/.test(value) ? value.slice(1) : value;
}

/** Text that is no UTF-8 is windows-1251: in that code page every byte is a letter, so it cannot be told otherwise. */
function decodeCsv({ bytes, charset }: CsvUpload): string {
  if (charset !== null && !['utf-8', 'utf8', 'us-ascii', 'windows-1251', 'cp1251'].includes(charset))
    throw new HttpProblem(415, {
      detail: 'Send UTF-8 or windows-1251.',
      errors: [{ field: 'Content-Type', message: 'charset must be utf-8 or windows-1251' }],
    });
  if (charset === 'windows-1251' || charset === 'cp1251') return decode(bytes, 'windows-1251');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return decode(bytes, 'windows-1251');
  }
}

function parseRecords(text: string): string[][] | RowError {
  try {
    return parse(text, {
      delimiter: delimiterOf(text),
      relax_column_count: true,
      skip_empty_lines: false,
      max_record_size: longestRowChars,
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const { records, lines } = error as CsvError & { records?: number; lines?: number };
    return { row: records === undefined ? (lines ?? 1) : records + 1, field: 'row', message: causeOf(error) };
  }
}

/** In plain words, without the text of the cell that the parser's own message quotes. */
function causeOf(error: CsvError): string {
  switch (error.code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return 'a quote is opened and never closed';
    case 'CSV_MAX_RECORD_SIZE':
      return 'is too long';
    default:
      return 'has a quote in a place where none belongs';
  }
}

/** What stands more often in the header. */
function delimiterOf(text: string): ',' | ';' {
  const header = /^[^\r\n]*/.exec(text)![0];
  return header.split(';').length > header.split(',').length ? ';' : ',';
}

function headerErrors(
  header: string[],
  names: (string | undefined)[],
  required: readonly string[],
): RowError[] {
  const errors: RowError[] = [];
  names.forEach((name, index) => {
    const shown = header[index]!.trim().slice(0, 50) || `column ${index + 1}`;
    if (name === undefined) errors.push({ row: 1, field: shown, message: 'is not a known column' });
    else if (names.indexOf(name) < index)
      errors.push({ row: 1, field: name, message: 'stands twice in the header' });
  });
  for (const name of required)
    if (!names.includes(name)) errors.push({ row: 1, field: name, message: 'this column is missing' });
  return errors;
}

function fileError(message: string): RowError {
  return { row: 1, field: 'file', message };
}

function isBlank(record: string[]): boolean {
  return record.every((cell) => cell.trim() === '');
}
