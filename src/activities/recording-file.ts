import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

/** `rec_<host>_<pid>_<process start>_<unique>.part`: tells who uses the file, and nothing about the call. */
const namePattern = /^rec_([0-9a-f]{8})_(\d+)_(\d+)_[0-9a-f-]{36}\.part$/;
/** Far above the time that one attempt may take; only for files of other machines, whose processes we cannot see. */
const abandonedMs = 2 * 3_600_000;

const host = createHash('sha256').update(os.hostname()).digest('hex').slice(0, 8);
const ownStart = processStart(process.pid);

/** Path of a temporary file that does not exist yet and that carries the name of this process. */
export function newRecordingFile(tmpDir: string): string {
  return path.join(tmpDir, `rec_${host}_${process.pid}_${ownStart}_${randomUUID()}.part`);
}

/**
 * Deletes what dead processes left behind. Files of a process that is alive are kept, be it another worker on the same
 * folder; a process id that was given to somebody else since counts as dead. Other files are not touched.
 */
export async function sweepRecordingFiles(tmpDir: string): Promise<void> {
  for (const name of await readdir(tmpDir)) {
    const match = namePattern.exec(name);
    if (match === null) continue;
    const [, madeOn, pid, start] = match;
    const file = path.join(tmpDir, name);
    const inUse = madeOn === host ? isAlive(Number(pid), Number(start)) : await isYoung(file);
    if (!inUse) await rm(file, { force: true });
  }
}

async function isYoung(file: string): Promise<boolean> {
  const found = await stat(file).catch(() => null);
  return found !== null && Date.now() - found.mtimeMs < abandonedMs;
}

function isAlive(pid: number, start: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Somebody else's process is alive all the same.
    if ((error as { code?: unknown }).code !== 'EPERM') return false;
  }
  return processStart(pid) === start;
}

/** When a process began, in the kernel's ticks since boot; 0 where the system does not tell, so that only the id counts. */
function processStart(pid: number): number {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the program, in brackets, may hold blanks.
    return Number(line.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? 0);
  } catch {
    return 0;
  }
}
