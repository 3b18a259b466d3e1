/** Where a request under `/rest` goes. */
export interface RestRoute {
  /** User and secret of an incoming webhook; null: the caller brings an access token. */
  webhook: { userId: number; secret: string } | null;
  /** Lower case, without `.json` and slashes. */
  method: string;
}

/**
 * Reads `/rest/{userId}/{secret}/{method}` and `/rest/{method}`, with `.json`, double and trailing slashes.
 * A webhook address without the user's id is no such address: its method does not exist (reference section 4).
 */
export function readRestRoute(pathname: string): RestRoute | null {
  const parts = pathname.split('/').filter((part) => part !== '');
  if (parts[0]?.toLowerCase() !== 'rest') return null;
  const [first = '', second = '', third] = parts.slice(1);
  if (parts.length === 4 && /^\d+$/.test(first)) {
    return { webhook: { userId: Number(first), secret: second }, method: clean(third ?? '') };
  }
  return { webhook: null, method: clean(parts.slice(1).join('/')) };
}

function clean(method: string): string {
  return method.toLowerCase().replace(/\.json$/, '');
}
