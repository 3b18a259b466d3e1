import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

const remove = { recursive: true, force: true, maxRetries: 5, retryDelay: 200 };

/**
 * Makes the folder of a run, named after its process, and takes away those of runs that were killed.
 *
 * @param place by default the folder for temporary files.
 */
export async function openRunFolder(
  place = os.tmpdir(),
): Promise<{ dir: string; remove: () => Promise<void> }> {
  for (const name of await readdir(place)) {
    const pid = /^bridge-chaos-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !runs(Number(pid))) await rm(path.join(place, name), remove);
  }
  const dir = await mkdtemp(path.join(place, `bridge-chaos-${process.pid}-`));
  return { dir, remove: () => rm(dir, remove) };
}

function runs(pid: number): boolean {
  try {
    // Signal 0 only asks.
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
