/** A cursor that we did not make. */
export class BadCursor extends Error {
  override readonly name = 'BadCursor';
}

/** An opaque cursor: the sort key of the last row of a page. */
function encodeCursor(key: (string | number)[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/** @throws {BadCursor} unless it holds as many strings or numbers as asked for. */
export function decodeCursor(cursor: string, length: number): (string | number)[] {
  let key: unknown;
  try {
    key = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch (cause) {
    throw new BadCursor('the cursor cannot be read', { cause });
  }
  if (
    !Array.isArray(key) ||
    key.length !== length ||
    key.some((part) => typeof part !== 'string' && typeof part !== 'number')
  )
    throw new BadCursor('the cursor cannot be read');
  return key as (string | number)[];
}

/** Cuts one row more than asked for into a page with a cursor. */
export function toPage<R, T>(
  rows: R[],
  limit: number,
  keyOf: (row: R) => (string | number)[],
  show: (row: R) => T,
): { items: T[]; nextCursor?: string } {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return {
    items: items.map(show),
    ...(rows.length > limit && last !== undefined ? { nextCursor: encodeCursor(keyOf(last)) } : {}),
  };
}
