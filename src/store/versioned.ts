import { createHash } from 'node:crypto';

/** A strong ETag of one version of one document. */
export function etagOf(version: number, content: unknown): string {
  const digest = createHash('sha256').update(canonicalJson(content)).digest('hex').slice(0, 8);
  return `"v${version}-${digest}"`;
}

/** `If-Match` holds for what is stored; `*` means "any version, but it must exist". */
export function matches(ifMatch: string | undefined, storedEtag: string | null): boolean {
  if (ifMatch === undefined) return true;
  if (storedEtag === null) return false;
  return ifMatch.trim() === '*' || ifMatch.split(',').some((tag) => tag.trim() === storedEtag);
}

/** JSON with sorted keys, so that equal contents are equal texts. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, node: unknown) =>
    typeof node === 'object' && node !== null && !Array.isArray(node)
      ? Object.fromEntries(Object.entries(node).sort(([a], [b]) => (a < b ? -1 : 1)))
      : node,
  );
}
