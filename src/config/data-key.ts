import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

/**
 * The data key: the one given, else the one kept in `DATA_DIR`, made at the first start (mode 0600).
 *
 * @throws when the file exists but cannot be read.
 */
export async function loadDataKey(given: string | null, dataDir: string): Promise<string> {
  if (given !== null) return given;
  const file = path.join(dataDir, 'data-key');
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const key = randomBytes(32).toString('base64');
  // `wx`: a start beside this one must not make a second key.
  await writeFile(file, `${key}\n`, { mode: 0o600, flag: 'wx' });
  return key;
}
