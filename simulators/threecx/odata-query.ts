import { badQuery } from './odata-error';
import { comparable, parseFilter, passes } from './odata-filter';
import type { Filter } from './odata-filter';
import type { Row, Schema } from './odata-schema';
import { jsonAnswer } from './wire';
import type { WireAnswer } from './wire';

/** The options of one query. */
export interface Query {
  filter: Filter | null;
  orderBy: { field: string; descending: boolean }[];
  top: number;
  skip: number;
  count: boolean;
  select: string[] | null;
}

/** More rows are refused, not cut (3cx.md section 0, fact 9). */
const largestTop = 100;
const known = ['$filter', '$orderby', '$top', '$skip', '$count', '$select', 'access_token'];

/** Reads the options of a collection strictly: an unknown one, a repeated one or a bad value is a 400. */
export function parseQuery(params: URLSearchParams, schema: Schema): Query {
  const names = [...params.keys()];
  for (const name of names) {
    if (!known.includes(name)) throw badQuery(`The query parameter '${name}' is not supported.`);
    if (names.filter((other) => other === name).length > 1)
      throw badQuery(`Query option '${name}' was specified more than once.`);
  }
  const filter = params.get('$filter');
  const top = wholeNumber(params.get('$top'), '$top') ?? largestTop;
  if (top > largestTop)
    throw badQuery(`The limit of '${largestTop}' for Top query has been exceeded. The value is '${top}'.`);
  const count = params.get('$count') ?? 'false';
  if (count !== 'true' && count !== 'false') throw badQuery(`Invalid value '${count}' for $count.`);
  return {
    filter: filter === null ? null : parseFilter(filter, schema),
    orderBy: orderBy(params.get('$orderby'), schema),
    top,
    skip: wholeNumber(params.get('$skip'), '$skip') ?? 0,
    count: count === 'true',
    select: params.get('$select') === null ? null : fieldList(params.get('$select') ?? '', schema),
  };
}

/** What a collection is made of: things, and how one becomes a row. */
export interface Collection<Item> {
  schema: Schema;
  items: Item[];
  toRow: (item: Item) => Row;
}

/** Answers a collection: filter, order, page, select. Rows come in the order in which they lie unless `$orderby` is given. */
export function answerCollection<Item>(
  origin: string,
  { schema, items, toRow }: Collection<Item>,
  query: Query,
): WireAnswer {
  const { filter, select } = query;
  const slice = <T>(list: T[]): T[] => list.slice(query.skip, query.skip + query.top);
  let count = items.length;
  let page: Row[];
  if (filter === null && query.orderBy.length === 0) {
    // A long log is paged without making all its rows.
    page = slice(items).map(toRow);
  } else {
    const rows = items.map(toRow).filter((row) => filter === null || passes(filter, row, schema));
    count = rows.length;
    page = slice(rows.sort((a, b) => order(a, b, schema, query.orderBy)));
  }
  return jsonAnswer(200, {
    '@odata.context': `${origin}/xapi/v1/$metadata#${schema.name}${select === null ? '' : `(${select.join(',')})`}`,
    ...(query.count && { '@odata.count': count }),
    value: select === null ? page : page.map((row) => pick(row, select)),
  });
}

function wholeNumber(text: string | null, name: string): number | null {
  if (text === null) return null;
  if (!/^\d{1,9}$/.test(text)) throw badQuery(`Invalid value '${text}' for ${name} query option found.`);
  return Number(text);
}

function orderBy(text: string | null, schema: Schema): Query['orderBy'] {
  if (text === null) return [];
  return text.split(',').map((part) => {
    const [, field, direction] = /^\s*(\w+)(?:\s+(asc|desc))?\s*$/.exec(part) ?? [];
    if (field === undefined) throw badQuery(`Syntax error in '${text}'.`);
    return { field: fieldList(field, schema)[0]!, descending: direction === 'desc' };
  });
}

function fieldList(text: string, schema: Schema): string[] {
  return text.split(',').map((part) => {
    const field = part.trim();
    if (!Object.hasOwn(schema.fields, field))
      throw badQuery(`Could not find a property named '${field}' on type '${schema.name}'.`);
    return field;
  });
}

function order(a: Row, b: Row, schema: Schema, by: Query['orderBy']): number {
  for (const { field, descending } of by) {
    const [left, right] = [a, b].map((row) => comparable(row[field], schema.fields[field]));
    if (left === right || left === undefined || right === undefined) continue;
    // Nulls come first when ascending.
    const sign = left === null ? -1 : right === null ? 1 : left < right ? -1 : 1;
    return descending ? -sign : sign;
  }
  return 0;
}

function pick(row: Row, fields: string[]): Row {
  return Object.fromEntries(fields.filter((field) => field in row).map((field) => [field, row[field]]));
}
