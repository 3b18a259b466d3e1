import type { Journal } from './journal';

/** Values that a template may name, by variable. */
export type Variables = Record<string, string>;

/** A value that cannot be made: the whole request then fails, as on a PBX that formats a null (3cx.md 1.4). */
export class NoValue extends Error {}

/** The variables of a report or lookup, with the template's parameters. */
export function variablesOf(journal: Journal, parameters: Variables): Variables {
  const { DurationSeconds, ...texts } = journal;
  return {
    ...parameters,
    ...texts,
    // A TimeSpan prints like this when nobody formats it.
    DurationTimespan: texts.Duration,
    'DurationTimespan.TotalSeconds': String(DurationSeconds),
    RecordingUrl: '',
    RecordingHyperLink: '',
    Transcription: '',
    Summary: '',
    Sentiment: '',
    LineBreak: '\n',
  };
}

/**
 * Substitutes `passes` times. A plain variable is `[Name]`; with the second pass a method is called on one:
 * `[[Name].ToString("yyyy-MM-ddTHH:mm:ssZ")]`. A name that the PBX does not know stays as it is.
 */
export function substitute(text: string, variables: Variables, passes: number): string {
  let out = text;
  for (let pass = 0; pass < passes; pass += 1) {
    const before = out;
    if (passes > 1)
      out = out.replace(/\[\[(\w+)\]((?:\.\w+\((?:"[^"]*")?\))+)\]/g, (_whole, name: string, calls: string) =>
        callMethods(name, calls, variables),
      );
    out = out.replace(/\[(\w+)\](?!\.\w+\()/g, (whole, name: string) =>
      Object.hasOwn(variables, name) ? (variables[name] ?? '') : whole,
    );
    if (out === before) break;
  }
  return out;
}

function callMethods(name: string, calls: string, variables: Variables): string {
  let value = variables[name] ?? '';
  if (!Object.hasOwn(variables, name) || value === '') throw new NoValue(`${name} is null`);
  for (const [, method = '', argument] of calls.matchAll(/\.(\w+)\((?:"([^"]*)")?\)/g)) {
    if (method === 'get_TotalSeconds') value = variables[`${name}.TotalSeconds`] ?? '';
    else if (method === 'ToString' && argument !== undefined && /^F\d$/.test(argument))
      value = Number(value).toFixed(Number(argument.slice(1)));
    else if (method === 'ToString') value = formatInstant(value, argument ?? 's');
    else if (method === 'ToUniversalTime' || method === 'ToLower')
      value = method === 'ToLower' ? value.toLowerCase() : value;
    else throw new NoValue(`${name} has no ${method}`);
  }
  return value;
}

/** The parts of .NET's custom date formats that templates need; letters in quotes stay. */
function formatInstant(value: string, format: string): string {
  const parts = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})/.exec(value);
  if (parts === null) return value;
  const [, year = '', month = '', day = '', hour = '', minute = '', second = ''] = parts;
  const known: Record<string, string> = {
    yyyy: year,
    MM: month,
    dd: day,
    HH: hour,
    mm: minute,
    ss: second,
    fff: '000',
  };
  const text = format === 's' ? 'yyyy-MM-ddTHH:mm:ss' : format;
  return text.replace(
    /'([^']*)'|\\(.)|yyyy|MM|dd|HH|mm|ss|fff/g,
    (whole, quoted?: string, single?: string) => quoted ?? single ?? known[whole] ?? whole,
  );
}

/** Evaluates `SkipIf` and `If`: comparisons of texts joined by `||` and `&&`; quotes around literals are dropped. */
export function isTrue(expression: string, variables: Variables): boolean {
  const filled = substitute(expression, variables, 1);
  return filled.split('||').some((part) => part.split('&&').every((term) => comparison(term)));
}

function comparison(term: string): boolean {
  const match = /^(.*?)(==|!=)(.*)$/s.exec(term);
  const plain = (text: string): string => text.trim().replace(/^(["'])(.*)\1$/s, '$2');
  if (match === null) return plain(term).toLowerCase() === 'true';
  const same = plain(match[1] ?? '').toLowerCase() === plain(match[3] ?? '').toLowerCase();
  return (match[2] === '==') === same;
}
