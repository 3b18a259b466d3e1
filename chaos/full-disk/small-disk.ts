import { execFile } from 'node:child_process';
import { closeSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const smallestWrite = 512;

/** A file system of its own that can be filled to its last block. */
export class SmallDisk {
  private filler: number | null = null;
  private again: NodeJS.Timeout | undefined;

  private constructor(readonly folder: string) {}

  /** Mounts one in memory. @throws unless this is Linux and the user may mount. */
  static async mount(megabytes: number): Promise<SmallDisk> {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'bridge-small-disk-'));
    try {
      await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0700`, 'tmpfs', folder]);
    } catch (cause) {
      await rm(folder, { recursive: true });
      throw new Error('A small disk cannot be mounted: that needs Linux and its administrator', { cause });
    }
    return new SmallDisk(folder);
  }

  get freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.folder);
    return bavail * bsize;
  }

  /** Takes all that is free, and goes on to take what somebody gives back. */
  fill(): void {
    this.filler ??= openSync(this.fillerFile, 'w');
    this.take(this.filler);
    this.again = setInterval(() => this.take(this.filler!), 100);
  }

  free(): void {
    clearInterval(this.again);
    if (this.filler !== null) closeSync(this.filler);
    this.filler = null;
    rmSync(this.fillerFile, { force: true });
  }

  /** Nothing may be open on it any more. */
  async unmount(): Promise<void> {
    this.free();
    await run('umount', [this.folder]);
    await rm(this.folder, { recursive: true });
  }

  private get fillerFile(): string {
    return path.join(this.folder, 'filler');
  }

  private take(file: number): void {
    for (let size = 2 ** 20; size >= smallestWrite;) {
      try {
        if (writeSync(file, Buffer.alloc(size)) < size) size /= 2;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        size /= 2;
      }
    }
  }
}
