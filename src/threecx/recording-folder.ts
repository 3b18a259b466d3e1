import { lstat, opendir, realpath } from 'node:fs/promises';
import path from 'node:path';
import type { Connection } from '../domain/connection';
import { threecxError } from './reasons';

const mostEntries = 500_000;

/** One file as 3CX names it: `[Name]_<a>-<b>_<yyyyMMddHHmmss>(<callid>).wav` (3cx.md section 4.4). */
export interface FolderFile {
  /** Absolute path. */
  file: string;
  /** The extension whose folder it lies in; null: in the folder itself. */
  extension: string | null;
  numbers: string[];
  /** Fourteen digits by the clock on the wall of the PBX. */
  stamp: string;
  callNumber: number;
}

const namePattern = /^\[.*\]_(.*)_(\d{14})\((\d{1,10})\)\.(wav|mp3)$/i;
const extensionPattern = /^[A-Za-z0-9*#]{1,16}$/;

/**
 * Lists files with names of recordings in the connection's folder and in the folders of the extensions named. Symbolic
 * links are not followed, and nothing outside the folder is looked at.
 *
 * @throws {PeerError} `folder-unreadable`
 */
export async function listFolder({ threecx }: Connection, extensions: string[]): Promise<FolderFile[]> {
  const root = await rootOf(threecx.folder);
  const files = await list(root, null);
  for (const extension of new Set(extensions)) {
    if (!extensionPattern.test(extension)) continue;
    const folder = path.join(root, extension);
    const isFolder = await lstat(folder).then(
      (stat) => stat.isDirectory(),
      () => false,
    );
    if (isFolder && (await realpath(folder)) === folder) files.push(...(await list(folder, extension)));
  }
  return files;
}

/** The real path of the folder. @throws {PeerError} `folder-unreadable` when it is not set, not there or no folder. */
export async function rootOf(folder: string | undefined): Promise<string> {
  if (folder === undefined || !path.isAbsolute(folder)) throw threecxError('folder-unreadable');
  try {
    const root = await realpath(folder);
    if ((await lstat(root)).isDirectory()) return root;
  } catch (cause) {
    throw threecxError('folder-unreadable', { cause });
  }
  throw threecxError('folder-unreadable');
}

async function list(folder: string, extension: string | null): Promise<FolderFile[]> {
  const files: FolderFile[] = [];
  try {
    let entries = 0;
    for await (const entry of await opendir(folder)) {
      if (++entries > mostEntries) break;
      if (!entry.isFile()) continue;
      const parsed = parseRecordingName(entry.name);
      if (parsed !== null) files.push({ ...parsed, file: path.join(folder, entry.name), extension });
    }
  } catch (cause) {
    throw threecxError('folder-unreadable', { cause });
  }
  return files;
}

/** The parts of a recording's file name, or null. */
export function parseRecordingName(
  name: string,
): Pick<FolderFile, 'numbers' | 'stamp' | 'callNumber'> | null {
  const match = namePattern.exec(name);
  if (match === null) return null;
  const [, sides = '', stamp = '', callNumber = ''] = match;
  return { numbers: sides.split('-').filter((side) => side !== ''), stamp, callNumber: Number(callNumber) };
}
