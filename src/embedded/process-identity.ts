import { readFile } from 'node:fs/promises';

/**
 * A mark of one process that another process with the same id does not share: its start in ticks, and which boot of
 * the machine. Null where the system does not tell, then the id alone must do.
 */
export async function processMark(pid: number): Promise<string | null> {
  return (await look(pid))?.mark ?? null;
}

async function look(pid: number): Promise<{ mark: string; ended: boolean } | null> {
  try {
    const [stat, boot] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    ]);
    // Fields 3 and 22; the name in field 2 may hold blanks and brackets, so count from its end.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { mark: `${boot.trim()}/${fields[19]}`, ended: fields[0] === 'Z' || fields[0] === 'X' };
  } catch {
    return null;
  }
}

/** Whether the process that left this mark still runs; one that its parent has not fetched yet does not. */
export async function isRunning(pid: number, mark: string | null): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Not ours to signal, but there.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const now = await look(pid);
  return now === null || (!now.ended && (mark === null || mark === now.mark));
}
