import type { CallEvent } from '../../domain/call-event';

const dayMs = 86_400_000;

/**
 * Whether an event tells of a call older than the ledger: nobody can say any more whether it was written to Bitrix24,
 * so it must not be written again.
 */
export function isOlderThanLedger(event: CallEvent, ledgerRetentionDays: number, now: Date): boolean {
  const oldest = now.getTime() - ledgerRetentionDays * dayMs;
  return [event.startedAt, event.answeredAt, event.endedAt].some(
    (instant) => instant !== undefined && Date.parse(instant) < oldest,
  );
}
