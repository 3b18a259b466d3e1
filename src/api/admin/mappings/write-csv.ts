import { stringify } from 'csv-stringify/sync';

/**
 * A CSV file in UTF-8 with commas and a header. Cells that a spreadsheet would run as a formula get an apostrophe in
 * front, which the import takes off again.
 */
export function writeCsv(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  return stringify([[...columns], ...rows.map((row) => row.map(safeCell))], { record_delimiter: '\r\n' });
}

/** Phone numbers and extensions start with `+` or `*` and are no formulas; an apostrophe would spoil them elsewhere. */
function safeCell(cell: string): string {
  if (/^\+?[0-9][0-9 ().-]*$/.test(cell)) return cell;
  return /^'*[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
}
