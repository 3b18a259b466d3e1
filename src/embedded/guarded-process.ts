import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { noteServer } from './last-servers';
import { lastLogLines, openServerLog } from './server-log';

/** What a server process needs to run. */
export interface GuardedOptions {
  command: string;
  args: string[];
  /** Takes what the server writes; rotated at each start. */
  logFile: string;
  /** How long a stop may take before the server is killed; 15,000 by default. */
  graceMs?: number;
}

/** How a process ended. */
export interface ProcessExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A running server that ends with this process, however this process ends. */
export interface GuardedProcess {
  /** Process id of the server itself. */
  pid: number;
  /** Null while the server runs. */
  exit: ProcessExit | null;
  /** Settles when the server has ended; never rejects. */
  exited: Promise<ProcessExit>;
  /** Sends a signal to the server, for tests of failures; a server that is gone is no error. */
  kill(signal: NodeJS.Signals): void;
  /** Ends the server in good order, after the grace by force; may be called again. */
  stop(): Promise<void>;
  lastLogLines(): Promise<string>;
  logFile: string;
}

/** A plain node script: it must not need the loader that runs this file. */
const guardianScript = path.join(__dirname, 'guardian.mjs');

/** Variables that servers may see; secrets in our environment are none of their business. */
const passedOn = [
  'PATH',
  'HOME',
  'USER',
  'LANG',
  'LC_ALL',
  'TZ',
  'TMPDIR',
  'TEMP',
  'SYSTEMROOT',
  'USERPROFILE',
  'LD_LIBRARY_PATH',
];

type GuardianMessage = { pid: number } | { error: string } | ProcessExit;

/**
 * Starts a server below a guardian process. Both lead a session of their own, so that Ctrl-C in the terminal reaches
 * this process only, which then stops them in order.
 *
 * @throws when the program cannot be run at all. That a server is ready is for the caller to find out.
 */
export async function startGuarded(options: GuardedOptions): Promise<GuardedProcess> {
  const log = await openServerLog(options.logFile);
  let guardian: ChildProcess;
  try {
    guardian = spawn(
      process.execPath,
      [guardianScript, String(options.graceMs ?? 15_000), options.command, ...options.args],
      {
        detached: true,
        cwd: path.dirname(options.logFile),
        env: Object.fromEntries(passedOn.map((name) => [name, process.env[name]])),
        stdio: ['ignore', log.fd, log.fd, 'ipc'],
      },
    );
  } finally {
    await log.close();
  }
  let pid: number | undefined;
  let told: ProcessExit | null = null;
  const started = new Promise<number>((resolve, reject) => {
    guardian.on('message', (message: GuardianMessage) => {
      if ('pid' in message) resolve((pid = message.pid));
      else if ('error' in message) reject(new Error(`${options.command} cannot be run: ${message.error}`));
      else told = message;
    });
    guardian.on('error', reject);
    guardian.on('exit', () => reject(new Error(`${options.command} did not start`)));
  });
  const exited = new Promise<ProcessExit>((resolve) => {
    guardian.on('exit', (code, signal) => {
      // A guardian that was killed cannot end its server any more.
      if (signal !== null && pid !== undefined) send(pid, 'SIGKILL');
      resolve(told ?? { code, signal });
    });
  });
  const serverPid = await started;
  await noteServer(options.logFile, serverPid);
  const running: GuardedProcess = {
    pid: serverPid,
    exit: null,
    exited,
    kill: (signal) => {
      if (running.exit === null) send(running.pid, signal);
    },
    stop: async () => {
      guardian.ref();
      if (guardian.connected) guardian.disconnect();
      await exited;
    },
    logFile: options.logFile,
    lastLogLines: () => lastLogLines(options.logFile),
  };
  void exited.then((exit) => (running.exit = exit));
  // A server alone is no reason for this process to stay.
  guardian.unref();
  guardian.channel?.unref();
  return running;
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone already, which is what was wanted.
  }
}
