import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { RecordFile } from './portal-state';

/** Keeps the bytes of recordings on disk, in a folder of its own that goes with the simulator. */
export class FileStore {
  private folder: Promise<string> | null = null;

  /** A path for a file that does not exist yet. */
  async freshPath(): Promise<string> {
    this.folder ??= mkdtemp(join(tmpdir(), 'stand-in-portal-'));
    return join(await this.folder, randomUUID());
  }

  /** Writes bytes into a new file. */
  async write(content: Buffer): Promise<string> {
    const path = await this.freshPath();
    await writeFile(path, content);
    return path;
  }

  /** Moves a file that came with a request into keeping. */
  async keep(path: string): Promise<string> {
    const target = await this.freshPath();
    await rename(path, target);
    return target;
  }

  /** The first bytes of a file. */
  async head(path: string, bytes: number): Promise<Buffer> {
    const handle = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(bytes), 0, bytes, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  }

  /** The whole of a file, for small ones. */
  read(file: RecordFile): Promise<Buffer> {
    return readFile(file.path);
  }

  /** SHA-256 in hex, streamed. */
  async sha256(file: RecordFile): Promise<string> {
    const hash = createHash('sha256');
    await pipeline(createReadStream(file.path), hash);
    return hash.digest('hex');
  }

  /** Deletes one file; one that is gone already is fine. */
  async drop(path: string): Promise<void> {
    await rm(path, { force: true });
  }

  /** Deletes everything. */
  async clear(): Promise<void> {
    const folder = this.folder;
    this.folder = null;
    if (folder !== null) await rm(await folder, { recursive: true, force: true });
  }
}
