import { emptyParams, isNamed } from './php';
import type { Params } from './php';

/** How deep brackets may nest; PHP's own limit. */
const maxDepth = 64;

/** Reads `a=1&b[c]=2&d[]=3` the way PHP fills its request arrays. */
export function parseForm(text: string): Params {
  return nest(new URLSearchParams(text));
}

/** Nests name and value pairs whose names carry PHP brackets; lists (0, 1, 2…) become arrays. */
export function nest(pairs: Iterable<readonly [string, unknown]>): Params {
  const root = emptyParams();
  for (const [name, value] of pairs) put(root, path(name), value);
  return mapValues(root, listed);
}

function path(name: string): string[] {
  const open = name.indexOf('[');
  if (open <= 0) return [name];
  const keys = [...name.slice(open).matchAll(/\[([^\]]*)\]/g)].map((match) => match[1] ?? '');
  return [name.slice(0, open), ...keys].slice(0, maxDepth);
}

function put(target: Params, keys: string[], value: unknown): void {
  const [first = '', ...rest] = keys;
  const key = first === '' ? String(Object.keys(target).length) : first;
  if (rest.length === 0) {
    target[key] = value;
    return;
  }
  const inner = target[key];
  const next = isNamed(inner) ? inner : emptyParams();
  target[key] = next;
  put(next, rest, value);
}

function listed(value: unknown): unknown {
  if (!isNamed(value)) return value;
  const inner = mapValues(value, listed);
  const keys = Object.keys(inner);
  return keys.length > 0 && keys.every((key, index) => key === String(index)) ? Object.values(inner) : inner;
}

function mapValues(values: Params, map: (value: unknown) => unknown): Params {
  const out = emptyParams();
  for (const [key, value] of Object.entries(values)) out[key] = map(value);
  return out;
}

/** Writes nested values as a form with PHP brackets, as the portal sends its events. */
export function writeForm(values: Record<string, unknown>): string {
  const form = new URLSearchParams();
  const add = (name: string, value: unknown): void => {
    if (value === null || value === undefined) form.append(name, '');
    else if (typeof value === 'object') {
      for (const [key, inner] of Object.entries(value)) add(name === '' ? key : `${name}[${key}]`, inner);
    } else form.append(name, String(value));
  };
  add('', values);
  return form.toString();
}
