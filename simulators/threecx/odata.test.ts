import { parseFilter, passes } from './odata-filter';
import { parseQuery } from './odata-query';
import { Refusal } from './pbx-request';
import type { Schema } from './odata-schema';

const schema: Schema = {
  name: 'Things',
  fields: { Id: 'int', Name: 'text', At: 'instant', Done: 'bool', Length: 'duration' },
};
const row = { Id: 3, Name: "O'Hara", At: '2026-03-10T10:00:00.5Z', Done: null, Length: 'PT1S' };
const hits = (filter: string): boolean => passes(parseFilter(filter, schema), row, schema);

describe('a filter', () => {
  it.each([
    'Id eq 3',
    'Id gt 2 and Id lt 4',
    'Id eq 9 or Id eq 3',
    'Id eq 9 and Id eq 9 or Id eq 3',
    "Name eq 'O''Hara'",
    'At ge 2026-03-10T10:00:00Z and At lt 2026-03-10T13:00:01+03:00',
    'Done eq null',
    '( Id eq 3 )',
    'Id eq 3 and (Id eq 9 or Id eq 3)',
  ])('passes by %s', (filter) => expect(hits(filter)).toBe(true));

  it.each([
    'Done eq true',
    'Done eq false',
    'Id gt 3',
    "Name eq 'o''hara'",
    '(Id eq 9 or Id eq 3) and Id eq 9',
  ])('does not pass by %s', (filter) => expect(hits(filter)).toBe(false));

  it.each([
    '',
    'Id',
    'Id eq',
    'Id eq 3 and',
    'Id eq 3 Id eq 3',
    'Id = 3',
    'id eq 3',
    'Id EQ 3',
    "Id eq '3'",
    'Id eq 3.5',
    'Name eq 3',
    'Name eq O',
    'Name eq "O"',
    "Name eq 'O'Hara'",
    "Name gt 'A'",
    "contains(Name,'O')",
    "At ge '2026-03-10T10:00:00Z'",
    'At ge 2026-03-10T10:00:00',
    'At ge 2026-03-10',
    'At ge 2026-03-10T10:00:00 03:00',
    'At ge 2026-13-10T10:00:00Z',
    'Done eq 1',
    'Id gt null',
    'Length eq null',
    'Other eq 1',
    'toString eq 1',
    '(Id eq 3',
    'Id eq 3)',
    'not Id eq 3',
    'Id eq 3and Id eq 3',
  ])('is refused: %s', (filter) => expect(() => parseFilter(filter, schema)).toThrow(Refusal));
});

describe('the options of a query', () => {
  const read = (query: string): ReturnType<typeof parseQuery> =>
    parseQuery(new URLSearchParams(query), schema);

  it('are read', () => {
    expect(read('$orderby=Id desc,Name&$top=100&$skip=3&$count=true&$select=Id, Name')).toEqual({
      filter: null,
      orderBy: [
        { field: 'Id', descending: true },
        { field: 'Name', descending: false },
      ],
      top: 100,
      skip: 3,
      count: true,
      select: ['Id', 'Name'],
    });
  });

  it.each([
    '$top=101',
    '$top=-1',
    '$top=many',
    '$skip=x',
    '$count=yes',
    '$select=Nothing',
    '$orderby=Id down',
    '$orderby=Nothing',
    '$search=x',
    '$expand=Name',
    '$unknown=1',
    'filter=Id eq 3',
    '$top=1&$top=2',
  ])('are refused: %s', (query) => expect(() => read(query)).toThrow(Refusal));
});
