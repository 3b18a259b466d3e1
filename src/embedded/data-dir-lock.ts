import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, readdir, rename, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ExpectedError } from './expected-error';
import { isRunning, processMark } from './process-identity';

/** A held lock; `release` may be called again. */
export interface DataDirLock {
  release(): Promise<void>;
}

interface Holder {
  pid: number;
  since: string;
  mark: string | null;
}

/**
 * Takes `DATA_DIR` for this process; two on one folder would fight over the servers' files. What a dead process left
 * behind is taken over.
 *
 * Locks are numbered files and the highest one counts: a dead or released one is never removed but followed by the next
 * number, which only one process can create. So many that come at once upon a dead lock cannot remove each other's.
 *
 * @throws {ExpectedError} that says who holds it and since when.
 */
export async function lockDataDir(dataDir: string): Promise<DataDirLock> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const own: Holder = {
    pid: process.pid,
    since: new Date().toISOString(),
    mark: await processMark(process.pid),
  };
  // Written aside and linked into place, so that no other process ever reads half a lock.
  const draft = await writeDraft(dataDir, own);
  try {
    for (;;) {
      const last = Math.max(0, ...(await numbersIn(dataDir)));
      const holder = await readHolder(lockFile(dataDir, last));
      if (holder !== null && (await isRunning(holder.pid, holder.mark)))
        throw new ExpectedError(
          `${dataDir} is in use by process ${holder.pid} since ${holder.since}. ` +
            'Stop that process, or set DATA_DIR to another folder.',
        );
      const file = lockFile(dataDir, last + 1);
      if (!(await linked(draft, file))) continue;
      const numbers = await numbersIn(dataDir);
      const older = numbers.filter((number) => number <= last);
      // What we looked at was long outdated: a later holder has even removed our number before.
      const outdated = numbers.some((number) => number > last + 1);
      for (const number of outdated ? [last + 1] : older) await remove(lockFile(dataDir, number));
      if (!outdated) return { release: once(() => release(dataDir, file)) };
    }
  } finally {
    await unlink(draft);
  }
}

const lockFile = (dataDir: string, number: number): string => path.join(dataDir, `lock.${number}`);

async function writeDraft(dataDir: string, content: Holder | object): Promise<string> {
  const draft = path.join(dataDir, `lock-${randomUUID()}`);
  await writeFile(draft, `${JSON.stringify(content)}\n`, { mode: 0o600 });
  return draft;
}

async function numbersIn(dataDir: string): Promise<number[]> {
  return (await readdir(dataDir)).flatMap((entry) => /^lock\.(\d+)$/.exec(entry)?.slice(1).map(Number) ?? []);
}

/** Null: released, spoilt, or gone. */
async function readHolder(file: string): Promise<Holder | null> {
  try {
    const holder = JSON.parse(await readFile(file, 'utf8')) as Holder;
    return Number.isInteger(holder.pid) ? holder : null;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** A second release must not undo the lock of whoever came after the first. */
function once(action: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | null = null;
  return () => (done ??= action());
}

async function release(dataDir: string, file: string): Promise<void> {
  await rename(await writeDraft(dataDir, { released: new Date().toISOString() }), file);
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function remove(file: string): Promise<void> {
  await unlink(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}
