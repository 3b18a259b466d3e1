import type { Logger } from 'pino';
import type { Store } from '../store';
import { keepReconcileSchedule } from './reconcile-schedule';
import type { ScheduleTarget } from './reconcile-schedule';

/** A connection may have been made while Temporal was away. */
const againMs = 10 * 60_000;

/**
 * Sees to it that every connection has its schedule, now and every ten minutes. A failure stops nothing: calls go on
 * without the looks, and the next round tries again.
 *
 * @returns stops it.
 */
export function keepSchedules(
  target: ScheduleTarget,
  store: Pick<Store, 'connections'>,
  log: Logger,
): () => Promise<void> {
  let stopped = false;
  const ensureAll = async (): Promise<void> => {
    try {
      for (const connection of await store.connections.all()) {
        if (stopped) return;
        await keepReconcileSchedule(target, connection);
      }
    } catch (error) {
      if (!stopped)
        log.warn({ err: error }, 'The schedules of the reconciliation could not be brought up to date');
    }
  };
  let round = ensureAll();
  const timer = setInterval(() => {
    round = round.then(ensureAll);
  }, againMs);
  timer.unref();
  return async () => {
    stopped = true;
    clearInterval(timer);
    await round;
  };
}
