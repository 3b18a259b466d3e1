import { readFile, writeFile } from 'node:fs/promises';

/**
 * Remembers which version made a server's data and answers it when it is another one than today's, else null.
 *
 * @param file where the version is kept, beside the data.
 */
export async function madeByOtherVersion(file: string, version: string): Promise<string | null> {
  const known = await readFile(file, 'utf8').then(
    (text) => text.trim(),
    () => null,
  );
  if (known === null) await writeFile(file, `${version}\n`, { mode: 0o600 });
  return known === null || known === version ? null : known;
}
