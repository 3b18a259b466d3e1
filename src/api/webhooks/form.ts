import { HttpProblem } from '../problem';

/** One name and value of a form or query, in the order of sending, as bytes: nothing is decoded as text yet. */
export type FormPair = readonly [name: Buffer, value: Buffer];

/** What 3CX leaves in place of a value that it does not know, e.g. `%CallId%`: no percent encoding ends with `%`. */
const placeholder = /^%[A-Za-z][A-Za-z0-9_]*%$/;

/**
 * Reads `application/x-www-form-urlencoded` into flat pairs: `a[b]` is a name like any other and never an object. A
 * `%` that starts no escape stays, and so does a placeholder that 3CX did not fill in. Never throws.
 *
 * @param text one character for each byte (Latin-1), as Node gives a request's address.
 */
export function parseForm(text: string): FormPair[] {
  return text
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const equals = part.indexOf('=');
      const [name, value] = equals < 0 ? [part, ''] : [part.slice(0, equals), part.slice(equals + 1)];
      return [unescape(name), unescape(value)];
    });
}

/**
 * Pairs as a flat object without prototype. A name that comes several times with different values gives the list of
 * them, which no field of a call takes.
 *
 * @throws {HttpProblem} 400 for what is not UTF-8.
 */
export function toFields(pairs: readonly FormPair[]): Record<string, unknown> {
  const values = new Map<string, Set<string>>();
  for (const [name, value] of pairs) {
    const key = strictText(name);
    values.set(key, (values.get(key) ?? new Set()).add(strictText(value)));
  }
  const fields = Object.create(null) as Record<string, unknown>;
  for (const [name, all] of values) fields[name] = all.size === 1 ? [...all][0] : [...all];
  return fields;
}

function unescape(raw: string): Buffer {
  if (placeholder.test(raw)) return Buffer.from(raw, 'latin1');
  const plain = raw
    .replaceAll('+', ' ')
    .replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(plain, 'latin1');
}

function strictText(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new HttpProblem(400, {
      detail: 'A form value is not UTF-8.',
      errors: [{ field: 'body', message: 'must be UTF-8' }],
    });
  }
}
