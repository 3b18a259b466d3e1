import { open, rm } from 'node:fs/promises';
import { PeerError } from '../domain/peer-error';
import { threecxError } from './reasons';

/** Where a recording is written to. */
export interface DownloadTarget {
  /** Must not exist yet. */
  file: string;
  maxBytes: number;
  progress: (bytes: number) => void;
}

/**
 * Writes a stream into a new file (mode 0600), within `maxBytes`; on any failure the file is gone again.
 *
 * @param translate makes a `PeerError` of what the source throws.
 * @returns the bytes written.
 * @throws {PeerError} `too-big`, `disk-full`, `disk-failed`, or what the source makes of its failure.
 */
export async function writeRecording(
  source: AsyncIterable<Uint8Array>,
  target: DownloadTarget,
  translate: (error: unknown) => Error,
): Promise<number> {
  const handle = await open(target.file, 'wx', 0o600).catch((error: unknown) => {
    throw diskError(error);
  });
  let bytes = 0;
  try {
    for await (const chunk of source) {
      bytes += chunk.length;
      if (bytes > target.maxBytes) throw threecxError('too-big');
      await writeAll(handle, chunk);
      target.progress(bytes);
    }
    await handle.close();
    return bytes;
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(target.file, { force: true });
    throw error instanceof PeerError ? error : translate(error);
  }
}

async function writeAll(handle: Awaited<ReturnType<typeof open>>, chunk: Uint8Array): Promise<void> {
  try {
    let done = 0;
    while (done < chunk.length) done += (await handle.write(chunk, done, chunk.length - done)).bytesWritten;
  } catch (error) {
    throw diskError(error);
  }
}

/** What a failed write of a temporary file means. */
export function diskError(cause: unknown): PeerError {
  const code = (cause as { code?: unknown } | null)?.code;
  return threecxError(code === 'ENOSPC' || code === 'EDQUOT' ? 'disk-full' : 'disk-failed', { cause });
}
