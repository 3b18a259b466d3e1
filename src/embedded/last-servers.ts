import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { EmbeddedLog } from './embedded-log';
import { ExpectedError } from './expected-error';
import { isRunning, processMark } from './process-identity';

/** Longer than the guardian gives a server before it kills it. */
const longestMs = 30_000;
const lookEveryMs = 100;

interface NotedServer {
  pid: number;
  mark: string;
}

/** Notes which process a server is, beside its log; best effort. Where the system tells no mark nothing is noted. */
export async function noteServer(logFile: string, pid: number): Promise<void> {
  const mark = await processMark(pid);
  if (mark === null) return;
  await writeFile(noteBeside(logFile), `${JSON.stringify({ pid, mark })}\n`, { mode: 0o600 }).catch(
    () => undefined,
  );
}

/**
 * Waits until the servers of the last start have ended. After a crash of their parent they may need some seconds, and hold
 * their files and ports so long: two servers on one file would spoil it.
 *
 * @param logFiles of the servers.
 * @throws {ExpectedError} when one does not end.
 */
export async function untilLastServersEnded(
  logFiles: readonly string[],
  log: EmbeddedLog,
  timeoutMs = longestMs,
): Promise<void> {
  const until = Date.now() + timeoutMs;
  let said = false;
  for (const logFile of logFiles) {
    const server = await readNote(noteBeside(logFile));
    while (server !== null && (await isRunning(server.pid, server.mark))) {
      if (Date.now() >= until)
        throw new ExpectedError(
          `Process ${server.pid}, a server of the last start on this folder (${logFile}), does not end. End it, and start again.`,
        );
      if (!said) log.info({ pid: server.pid }, 'Waiting for the servers of the last start to end');
      said = true;
      await pause(lookEveryMs);
    }
  }
}

const noteBeside = (logFile: string): string => `${logFile.replace(/\.log$/, '')}.pid`;

/** Null: never written, or spoilt. */
async function readNote(file: string): Promise<NotedServer | null> {
  try {
    const { pid, mark } = JSON.parse(await readFile(file, 'utf8')) as Partial<NotedServer>;
    return Number.isInteger(pid) && typeof mark === 'string' ? { pid: pid!, mark } : null;
  } catch {
    return null;
  }
}
