import { randomBytes } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { DataKeyError, parseDataKeys } from '../store/data-keys';
import { placeFile } from '../place-file';
import { SettingsError } from './settings';

/**
 * The data key: the one given, else the one kept in `DATA_DIR`, made at the first start (mode 0600).
 *
 * @throws {SettingsError} when the file holds no key; it is never replaced, for what is stored may be sealed under it.
 */
export async function loadDataKey(given: string | null, dataDir: string): Promise<string> {
  if (given !== null) return given;
  const file = path.join(dataDir, 'data-key');
  const known = await readKey(file);
  if (known !== null) return known;
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const key = randomBytes(32).toString('base64');
  // A start beside this one must not make a second key.
  return (await placeFile(`${key}\n`, file)) ? key : (await readKey(file))!;
}

/** Null: there is no file. */
async function readKey(file: string): Promise<string | null> {
  try {
    const text = (await readFile(file, 'utf8')).trim();
    parseDataKeys(text);
    return text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    if (!(error instanceof DataKeyError)) throw error;
    throw new SettingsError([
      `${file}: holds no data key (32 bytes in base64; several: comma-separated). Put it back from a backup, or set ` +
        'DATA_KEY. Only where nothing is stored yet the file may be deleted: a new key is made then.',
    ]);
  }
}
