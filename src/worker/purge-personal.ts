import type { Logger } from 'pino';
import type { Store } from '../store';

const everyMs = 3_600_000;

/**
 * Clears personal data that are older than `PERSONAL_DATA_DAYS`, at the start and every hour. Any number of workers may
 * do so. Documents that only hold personal data end by themselves, through TTL indexes.
 *
 * @returns stops it.
 */
export function keepPurging(store: Pick<Store, 'purgePersonal'>, log: Logger): () => void {
  const purge = (): void => {
    store
      .purgePersonal(new Date())
      .then((rows) => {
        if (rows > 0) log.info({ rows }, 'Personal data that are too old were cleared');
      })
      .catch((error: unknown) => log.warn({ err: error }, 'Personal data that are too old were not cleared'));
  };
  purge();
  const timer = setInterval(purge, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
