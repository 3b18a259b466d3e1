import { setTimeout as pause } from 'node:timers/promises';
import { accepts, isPortFree } from './free-port';
import type { GuardedProcess } from './guarded-process';

/** A server that ended or hung before it was ready; the message carries the last lines of its log. */
export class ServerNotReady extends Error {
  constructor(
    message: string,
    /** The server found its port taken: another port may do. */
    readonly portTaken: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'ServerNotReady';
  }
}

/** Somebody else's server answers on our port: it took the port between our look at it and our server's start. */
export class ForeignServer extends Error {
  constructor(name: string, port: number) {
    super(`another ${name} answers on port ${port} of 127.0.0.1`);
    this.name = 'ForeignServer';
  }
}

/**
 * Another server on the port would answer in place of ours.
 *
 * @throws {ServerNotReady} when something listens there.
 */
export async function assertPortFree(name: string, port: number): Promise<void> {
  if (!(await isPortFree(port)))
    throw new ServerNotReady(`${name} cannot start: port ${port} of 127.0.0.1 is taken`, true);
}

/**
 * Waits until the server takes connections and the check goes through, looking often.
 *
 * @param check fails or answers false while the server is not ready yet; a {@link ForeignServer} ends the waiting.
 * @throws {ServerNotReady} when the server ends before, or is not ready in time.
 */
export async function untilReady(
  name: string,
  server: GuardedProcess,
  port: number,
  check: () => Promise<boolean>,
  timeoutMs: number,
): Promise<void> {
  const until = Date.now() + timeoutMs;
  let last: unknown;
  while (Date.now() < until && server.exit === null) {
    try {
      if ((await accepts(port)) && (await check()) && server.exit === null) return;
    } catch (error) {
      if (error instanceof ForeignServer)
        throw new ServerNotReady(`${name} cannot start: ${error.message}`, true, { cause: error });
      last = error;
    }
    await pause(25);
  }
  const ending = server.exit;
  const lines = await server.lastLogLines();
  const what =
    ending === null
      ? `was not ready within ${timeoutMs / 1000} s`
      : `ended before it was ready (${ending.signal ?? `code ${ending.code}`})`;
  throw new ServerNotReady(
    `${name} ${what}. The last lines of ${server.logFile}:\n${lines}`,
    ending !== null &&
      /address already in use|EADDRINUSE|can't set custom port|port \d+ already in use/i.test(lines),
    { cause: last },
  );
}
