import { execFile } from 'node:child_process';

/** What a command printed, and how it ended. */
export interface CommandResult {
  /** Null when the command could not be started, or was killed. */
  code: number | null;
  stdout: string;
  stderr: string;
  /** Why it could not be started or did not end by itself. */
  problem: string | null;
}

/** Runs a command to its end, bounded in time and output; a failure is an answer, not an error. */
export function runCommand(
  command: string,
  args: string[],
  timeoutMs: number,
  env: NodeJS.ProcessEnv = process.env,
): Promise<CommandResult> {
  return new Promise((resolve) => {
    execFile(
      command,
      args,
      { env, timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: 4 * 1024 * 1024 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
        const problem =
          error === null || code !== null
            ? null
            : error.killed === true
              ? `it did not end within ${timeoutMs / 1000} s`
              : error.code === 'ENOENT'
                ? 'there is no such program'
                : error.message;
        resolve({ code, stdout, stderr, problem });
      },
    ).stdin?.end();
  });
}
