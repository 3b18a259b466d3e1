import { readFile } from 'node:fs/promises';

/**
 * A mark of one process that another process with the same id does not share: its start in ticks, and which boot of
 * the machine. Null where the system does not tell, then the id alone must do.
 */
export async function processMark(pid: number): Promise<string | null> {
  try {
    const [stat, boot] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    ]);
    // Field 22; the name in field 2 may hold blanks and brackets, so count from its end.
    return `${boot.trim()}/${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
  } catch {
    return null;
  }
}

/** Whether the process that left this mark still runs. */
export async function isRunning(pid: number, mark: string | null): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Not ours to signal, but there.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const now = await processMark(pid);
  return mark === null || now === null || mark === now;
}
