import { setTimeout as pause } from 'node:timers/promises';
import type { EmbeddedLog } from './embedded-log';
import type { GuardedProcess } from './guarded-process';

/** A server that is started again when it ends without being asked to. */
export interface KeptServer<S extends GuardedProcess> {
  /** The server of this moment. */
  current: S;
  stop(): Promise<void>;
}

/**
 * Starts a server and starts it again, on the same files and ports, whenever it ends by itself (killed for its memory,
 * crashed). Clients find it again by themselves. The wait between tries grows from 0.5 s to 30 s.
 *
 * @throws when the first start fails.
 */
export async function keepRunning<S extends GuardedProcess>(
  name: string,
  start: () => Promise<S>,
  log: EmbeddedLog,
): Promise<KeptServer<S>> {
  const stopping = new AbortController();
  const kept = { current: await start() };
  const watch = async (): Promise<void> => {
    for (;;) {
      const exit = await kept.current.exited;
      if (stopping.signal.aborted) return;
      log.warn({ ...exit }, `${name} ended by itself and is started again`);
      for (let waitMs = 500; ; waitMs = Math.min(waitMs * 2, 30_000)) {
        await pause(waitMs, undefined, { signal: stopping.signal }).catch(() => undefined);
        if (stopping.signal.aborted) return;
        const next = await start().catch((error: unknown) => {
          log.warn({ err: error }, `${name} could not be started again`);
          return null;
        });
        if (next === null) continue;
        kept.current = next;
        if (stopping.signal.aborted) return next.stop();
        log.info(`${name} is back`);
        break;
      }
    }
  };
  const watching = watch();
  return Object.assign(kept, {
    stop: async () => {
      stopping.abort();
      await kept.current.stop();
      await watching;
    },
  });
}
