import { Refusal } from './pbx-request';
import { emptyAnswer } from './wire';

/** Types of function arguments. */
export type ArgumentType = 'instant' | 'int' | 'text' | 'bool' | 'time';

/** Values by name; instants in Unix milliseconds. */
export type Arguments = Record<string, string | number | boolean | null>;

/** A function that is not there in this shape: missing, misnamed or malformed arguments (3cx.md 5.6). */
export function notFound(reason: string): Refusal {
  return new Refusal(emptyAnswer(404), `404 ${reason}`);
}

/**
 * Reads the arguments of an OData function: all of them, by name, in any order. A missing, unknown, repeated or unquoted
 * one is a 404; a value of the wrong type or a bad date is a 500.
 *
 * @param text what stands between the brackets, decoded.
 */
export function readArguments(text: string, types: Record<string, ArgumentType>): Arguments {
  const given = new Map<string, string>();
  let rest = text;
  while (rest !== '') {
    const match = /^(\w+)=('(?:[^']|'')*'|[^,']*)(?:,(?=.)|$)/.exec(rest);
    const [whole = '', name = '', value = ''] = match ?? [];
    if (match === null || given.has(name)) throw notFound('malformed arguments');
    given.set(name, value);
    rest = rest.slice(whole.length);
  }
  const names = Object.keys(types);
  if (given.size !== names.length || names.some((name) => !given.has(name)))
    throw notFound('other arguments than the function has');
  return Object.fromEntries(names.map((name) => [name, readValue(given.get(name) ?? '', types[name]!)]));
}

function readValue(text: string, type: ArgumentType): string | number | boolean | null {
  switch (type) {
    case 'text':
      if (!text.startsWith("'")) throw notFound('a text without quotes');
      return text.slice(1, -1).replaceAll("''", "'");
    case 'time':
      if (text === 'null') return null;
      if (!/^'\d{1,2}:\d{2}:\d{1,2}'$/.test(text)) throw wrongType('time');
      return text.slice(1, -1);
    case 'int':
      if (!/^-?\d{1,9}$/.test(text)) throw wrongType('number');
      return Number(text);
    case 'bool':
      if (text !== 'true' && text !== 'false') throw wrongType('boolean');
      return text === 'true';
    case 'instant': {
      const iso = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,12})?)?(?:Z|[+-]\d{2}:\d{2})$/i.test(
        text,
      );
      const ms = iso ? Date.parse(text) : NaN;
      if (Number.isNaN(ms)) throw wrongType('date');
      return ms;
    }
  }
}

function wrongType(what: string): Refusal {
  return new Refusal(emptyAnswer(500), `500 bad ${what}`);
}
