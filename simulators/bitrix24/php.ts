/** Request parameters as PHP would hold them: names to strings, numbers, lists or nested names. */
export type Params = Record<string, unknown>;

/** Makes an empty set of parameters that inherits nothing, so that no name in a request is special. */
export function emptyParams(): Params {
  return Object.create(null) as Params;
}

/** Parameters under capital names, as PHP's `array_change_key_case` gives them. */
export function upperNames(params: Params): Params {
  const out = emptyParams();
  for (const [name, value] of Object.entries(params)) out[name.toUpperCase()] = value;
  return out;
}

/** Whether a value is a set of named values (PHP's associative array). */
export function isNamed(value: unknown): value is Params {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** PHP's idea of true: only null, false, 0, "", "0" and an empty array are false, so "N" and "false" are true. */
export function phpTrue(value: unknown): boolean {
  if (value === undefined || value === null || value === false) return false;
  if (value === 0 || value === '' || value === '0') return false;
  if (Array.isArray(value)) return value.length > 0;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}

/** PHP's `(int)`: the leading digits of a string, 0 when there are none. */
export function phpInt(value: unknown): number {
  return Math.trunc(phpFloat(value));
}

/** PHP's `(float)`: the leading number of a string, 0 when there is none. */
export function phpFloat(value: unknown): number {
  if (typeof value === 'number') return Number.isFinite(value) ? value : 0;
  if (typeof value === 'string') return Number(/^\s*[+-]?\d+(\.\d*)?/.exec(value)?.[0] ?? 0);
  return phpTrue(value) ? 1 : 0;
}

/** PHP's `(string)`. */
export function phpString(value: unknown): string {
  if (value === undefined || value === null || value === false) return '';
  if (value === true) return '1';
  if (typeof value === 'object') return 'Array';
  return String(value);
}

/** PHP's `(array)` in the places where one value stands for a list of one. */
export function phpList(value: unknown): unknown[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  return isNamed(value) ? Object.values(value) : [value];
}

/** Encodes named results as PHP does: nothing and 0, 1, 2… become a list, anything else an object. */
export function phpArray(values: Map<string, unknown>): unknown {
  const keys = [...values.keys()];
  if (keys.every((key, index) => key === String(index))) return [...values.values()];
  return Object.fromEntries(values);
}
