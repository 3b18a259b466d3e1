import { readdir, readFile } from 'node:fs/promises';

/** A process of this machine. */
export interface SeenProcess {
  pid: number;
  command: string;
}

/** The processes whose command line names a text, such as the path of a data folder. */
export async function processesNaming(text: string): Promise<SeenProcess[]> {
  const seen: SeenProcess[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
    // It may end while we look.
    const command = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '');
    if (command.includes(text))
      seen.push({ pid: Number(entry), command: command.replaceAll('\0', ' ').trim() });
  }
  return seen;
}
