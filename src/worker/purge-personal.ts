import type { Logger } from 'pino';
import { everyHour } from '../every-hour';
import type { Store } from '../store';

/**
 * Clears personal data that are older than `PERSONAL_DATA_DAYS`, at the start and every hour. Any number of workers may
 * do so. Documents that only hold personal data end by themselves, through TTL indexes.
 *
 * @returns stops it, when the round that goes on is over.
 */
export function keepPurging(store: Pick<Store, 'purgePersonal'>, log: Logger): () => Promise<void> {
  return everyHour(async () => {
    try {
      const rows = await store.purgePersonal(new Date());
      if (rows > 0) log.info({ rows }, 'Personal data that are too old were cleared');
    } catch (error) {
      log.warn({ err: error }, 'Personal data that are too old were not cleared');
    }
  });
}
