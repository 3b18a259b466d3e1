import type { Logger } from 'pino';
import { everyHour } from './every-hour';
import type { SealingRepository, SealingRound, UsedKey } from './store';

/**
 * Seals what is stored under older data keys anew under the first one, at the start and every hour (another process may
 * have written under the older one meanwhile), and says at the start what retired and missing keys mean for what is stored.
 *
 * @returns stops it, when the round that goes on is over.
 */
export function tendDataKeys(sealing: SealingRepository, log: Logger): () => Promise<void> {
  let isTold = false;
  return everyHour(async () => {
    const first = !isTold;
    isTold = true;
    try {
      await sealing.noteUse();
      const done = await sealing.reseal();
      if (done.resealed > 0)
        log.info({ documents: done.resealed }, 'Stored values were sealed anew under the first data key');
      if (first) tell(log, done, await sealing.retiredKeys(), await sealing.missingKeys());
    } catch (error) {
      log.warn({ err: error }, 'The data keys were not looked after; the next round tries again');
    }
  });
}

function tell(log: Logger, { unreadable }: SealingRound, retired: UsedKey[], missing: UsedKey[]): void {
  for (const { id, lastUsedAt } of retired)
    log.info(
      { dataKey: id, lastUsedAt },
      'An older data key is still set: nothing in MongoDB needs it any more; histories that Temporal keeps from its time do',
    );
  for (const { id, lastUsedAt } of missing)
    log.warn(
      { dataKey: id, lastUsedAt },
      'A data key that was used is not set: histories of calls from its time cannot be read. Put it at the end of DATA_KEY to read them',
    );
  for (const { collection, keyId, documents } of unreadable)
    log.warn(
      { collection, dataKey: keyId, documents },
      'Stored values cannot be read because their data key is not set. Put it at the end of DATA_KEY to read them',
    );
}
