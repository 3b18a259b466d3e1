import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ThreecxContext } from './contract';
import { threecxError } from './reasons';
import { rootOf } from './recording-folder';
import type { DownloadTarget } from './write-recording';
import { writeRecording } from './write-recording';

/** A file that did not change for so long, and not between two looks either, counts as complete whatever its header. */
const quietMs = 60_000;
const betweenLooksMs = 500;

/**
 * Copies a complete file of the connection's folder. Links are refused, and what is read is what was checked.
 *
 * @throws {PeerError} `file-growing`, `file-not-there`, `too-big`, `folder-unreadable`
 */
export async function copyFromFolder(
  { connection, signal }: ThreecxContext,
  file: string,
  target: DownloadTarget,
): Promise<{ bytes: number; contentType: null }> {
  const root = await rootOf(connection.threecx.folder);
  const handle = await openInside(root, file);
  try {
    const { size, mtimeMs } = await handle.stat();
    if (size > target.maxBytes) throw threecxError('too-big');
    if (!(await isCompleteWav(handle, size))) {
      await sleep(betweenLooksMs);
      const again = await handle.stat();
      const quiet = Date.now() - mtimeMs >= quietMs && again.size === size && again.mtimeMs === mtimeMs;
      if (!quiet) throw threecxError('file-growing');
    }
    const source = handle.createReadStream({
      start: 0,
      end: Math.max(0, size - 1),
      autoClose: false,
      signal,
    });
    const bytes = await writeRecording(source as AsyncIterable<Uint8Array>, target, (cause) =>
      threecxError(signal?.aborted === true ? 'cancelled' : 'folder-unreadable', { cause }),
    );
    if ((await handle.stat()).size !== size) throw threecxError('file-growing');
    return { bytes, contentType: null };
  } finally {
    await handle.close();
  }
}

async function openInside(root: string, file: string): Promise<FileHandle> {
  let handle: FileHandle;
  try {
    const real = await realpath(file);
    if (real !== path.resolve(file) || !real.startsWith(root + path.sep))
      throw threecxError('foreign-address');
    handle = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (cause) {
    const code = (cause as { code?: unknown } | null)?.code;
    if (code === 'ENOENT') throw threecxError('file-not-there', { cause });
    if (code === 'ELOOP') throw threecxError('foreign-address', { cause });
    if (code === undefined || cause === null) throw cause;
    throw threecxError('folder-unreadable', { cause });
  }
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw threecxError('foreign-address');
}

/** The recorder writes the length into the header when it is done. */
async function isCompleteWav(handle: FileHandle, size: number): Promise<boolean> {
  const header = Buffer.alloc(12);
  const { bytesRead } = await handle.read(header, 0, 12, 0);
  if (bytesRead < 12 || header.toString('latin1', 0, 4) !== 'RIFF') return false;
  return header.readUInt32LE(4) + 8 === size;
}
