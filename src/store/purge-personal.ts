import type { Calls } from './calls';
import type { InboxRepository, RejectedRepository, WhichConnections } from './contract';
import type { RetentionDays, Retentions } from './retention';
import { daysBefore } from './retention';

interface Holders {
  calls: Pick<Calls, 'purgePersonal'>;
  rejected: Pick<RejectedRepository, 'purge'>;
  inbox: Pick<InboxRepository, 'purge'>;
}

/**
 * Clears what is personal and older than its connection allows; of connections that are gone, than the server's settings
 * allow.
 *
 * @returns how many documents were changed or removed.
 */
export async function purgePersonal(retentions: Retentions, holders: Holders, now: Date): Promise<number> {
  const all = await retentions.all();
  let documents = await purge(holders, { $nin: [...all.keys()] }, retentions.byDefault(), now);
  for (const [connection, days] of all) documents += await purge(holders, { $eq: connection }, days, now);
  return documents;
}

async function purge(
  { calls, rejected, inbox }: Holders,
  which: WhichConnections,
  days: RetentionDays,
  now: Date,
): Promise<number> {
  const counts = [
    await calls.purgePersonal(which, daysBefore(now, days.personalDays), now),
    await rejected.purge(which, daysBefore(now, days.rejectedDays)),
    await inbox.purge(which, daysBefore(now, days.inboxDays)),
  ];
  return counts.reduce((sum, count) => sum + count, 0);
}
