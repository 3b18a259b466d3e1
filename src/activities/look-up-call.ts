import { Context } from '@temporalio/activity';
import type { Bitrix24Client, RequestClass, RequestContext, StatisticsRow } from '../bitrix24/contract';
import { PeerError } from '../domain/peer-error';

type Key = Parameters<Bitrix24Client['findStatistics']>[1];

/** How old a start may be for `register` to be repeated without a look: Bitrix24 remembers for 30 minutes (`bitrix24.md` 5.1). */
const safeRepeatMs = 25 * 60_000;

/**
 * Whether the start is so old that Bitrix24 may not recognise a repeated register any more, by our own clock or by that of
 * Temporal, which told when this attempt was due: a clock that is behind must not lead to a second call.
 */
export function isLate(callStartDate: string, now: Date): boolean {
  const dueMs = Context.current().info.currentAttemptScheduledTimestampMs;
  return Math.max(now.getTime(), dueMs) - Date.parse(callStartDate) >= safeRepeatMs;
}

/**
 * Looks for the statistics row of a call.
 *
 * @returns `cannot-look` when the portal does not let us: then no row proves nothing.
 */
export async function lookUpCall(
  bitrix24: Bitrix24Client,
  context: RequestContext,
  key: Key,
  cls: RequestClass,
): Promise<StatisticsRow | null | 'cannot-look'> {
  try {
    return await bitrix24.findStatistics(context, key, cls);
  } catch (error) {
    if (error instanceof PeerError && error.reaction === 'refused') return 'cannot-look';
    throw error;
  }
}
