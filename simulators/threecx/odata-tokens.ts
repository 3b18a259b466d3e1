import { badQuery } from './odata-error';

/** A piece of a filter. */
export type FilterToken =
  | { kind: 'word'; text: string }
  | { kind: 'text'; text: string }
  | { kind: 'int'; value: number }
  | { kind: 'instant'; ms: number }
  | { kind: 'open' | 'close' };

const patterns: [RegExp, (match: RegExpExecArray) => FilterToken][] = [
  [/^\(/, () => ({ kind: 'open' })],
  [/^\)/, () => ({ kind: 'close' })],
  [/^'((?:[^']|'')*)'/, (match) => ({ kind: 'text', text: (match[1] ?? '').replaceAll("''", "'") })],
  [
    /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,12})?)?(?:Z|[+-]\d{2}:\d{2})(?![\w.:+-])/i,
    (match) => ({ kind: 'instant', ms: instant(match[0]) }),
  ],
  [/^-?\d+(?![\w.:+-])/, (match) => ({ kind: 'int', value: Number(match[0]) })],
  [/^[A-Za-z_][A-Za-z0-9_]*(?![\w(])/, (match) => ({ kind: 'word', text: match[0] })],
];

/** Cuts a filter into its pieces; anything unknown, a function call or a date without a zone too, is refused. */
export function filterTokens(filter: string): FilterToken[] {
  const tokens: FilterToken[] = [];
  let rest = filter.trim();
  while (rest !== '') {
    const found = patterns.map(([pattern, make]) => ({ match: pattern.exec(rest), make }));
    const hit = found.find((one) => one.match !== null);
    if (hit?.match == null)
      throw badQuery(`Syntax error at position ${filter.length - rest.length} in '${filter}'.`);
    tokens.push(hit.make(hit.match));
    rest = rest.slice(hit.match[0].length);
    // Words and values must be apart from each other.
    if (/^[\w']/.test(rest) && !/\($/.test(hit.match[0])) throw badQuery(`Syntax error in '${filter}'.`);
    rest = rest.trimStart();
  }
  return tokens;
}

function instant(text: string): number {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw badQuery(`Unrecognized 'Edm.DateTimeOffset' literal '${text}'.`);
  return ms;
}
