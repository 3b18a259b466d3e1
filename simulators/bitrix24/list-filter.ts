import { isNamed, phpFloat, phpInt, phpList, phpString, phpTrue } from './php';
import type { Params } from './php';
import type { MethodAnswer } from './method';

/** One row of a list method as the portal prints it. */
export type ListRow = Record<string, unknown>;

/** How a field is compared; others are texts. */
export type FieldKinds = Record<string, 'text' | 'number' | 'date' | 'flag'>;

/** A page of a list method is always this long. */
const pageSize = 50;

type Test = (row: ListRow) => boolean;

/**
 * Applies FILTER with its operator prefixes (`=`, `!`, `>`, `>=`, `<`, `<=`, `%`, `@`). Names that are no field are dropped
 * in silence, so a typo returns everything (reference section 5.9).
 *
 * @param readDate Unix milliseconds of a date, null when it is none.
 */
export function applyFilter(
  rows: ListRow[],
  filter: unknown,
  kinds: FieldKinds,
  readDate: (text: string) => number | null,
): ListRow[] {
  if (!isNamed(filter)) return rows;
  const tests = Object.entries(filter).flatMap(([key, value]) => makeTest(key, value, kinds, readDate) ?? []);
  return rows.filter((row) => tests.every((test) => test(row)));
}

function makeTest(
  key: string,
  value: unknown,
  kinds: FieldKinds,
  readDate: (text: string) => number | null,
): Test | undefined {
  const [, operator = '', name = ''] = /^(!=|!%|!@|!|>=|<=|>|<|=%|%=|=|%|@)?(.*)$/.exec(key) ?? [];
  const kind = kinds[name];
  if (kind === undefined) return undefined;
  const comparable = (given: unknown): string | number => {
    if (kind === 'flag') return given === 'N' || given === 'false' || !phpTrue(given) ? 0 : 1;
    if (kind === 'date') return readDate(phpString(given)) ?? 0;
    return kind === 'number' ? phpFloat(given) : phpString(given).toLowerCase();
  };
  const wanted = phpList(value).map(comparable);
  const equal: Test = (row) => {
    const own = row[name];
    if (own === null || own === undefined) return wanted.includes('');
    return wanted.includes(comparable(own));
  };
  const like: Test = (row) =>
    wanted.some((part) => phpString(row[name]).toLowerCase().includes(String(part).replaceAll('%', '')));
  const first = wanted[0] ?? '';
  switch (operator) {
    case '!':
    case '!=':
    case '!@':
      return (row) => !equal(row);
    case '%':
    case '=%':
    case '%=':
      return like;
    case '!%':
      return (row) => !like(row);
    case '>':
      return (row) => comparable(row[name]) > first;
    case '>=':
      return (row) => comparable(row[name]) >= first;
    case '<':
      return (row) => comparable(row[name]) < first;
    case '<=':
      return (row) => comparable(row[name]) <= first;
    default:
      return equal;
  }
}

/** Sorts by one field, numbers as numbers; an unknown field leaves the order. */
export function sortRows(rows: ListRow[], field: string, descending: boolean, kinds: FieldKinds): ListRow[] {
  const kind = kinds[field];
  if (kind === undefined) return rows;
  const sign = descending ? -1 : 1;
  return [...rows].sort((left, right) => {
    if (kind === 'number') return sign * (phpFloat(left[field]) - phpFloat(right[field]));
    return sign * phpString(left[field]).localeCompare(phpString(right[field]));
  });
}

/** Cuts one page out; `start` is the offset, -1 leaves the counting out. */
export function pageOf(rows: ListRow[], params: Params): MethodAnswer {
  const start = phpInt(params['start'] ?? params['START']);
  if (start < 0) return { result: rows.slice(0, pageSize) };
  const result = rows.slice(start, start + pageSize);
  const next = start + pageSize;
  return { result, ...(next < rows.length && { next }), total: rows.length };
}
