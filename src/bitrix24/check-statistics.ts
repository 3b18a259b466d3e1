import type { DoctorCheck } from '../domain/doctor-check';
import type { RequestContext } from './contract';
import type { PortalRequests } from './portal-requests';
import { findStatistics } from './statistics';

/** Finished calls among which those of different users are picked, the newest ones. */
const lookedThrough = 100;
/** So many users are tried; each costs one request. */
const triedUsers = 5;

/**
 * Whether finished calls can be looked up, by the right and by what can be seen: the portal shows no row of a user whose calls
 * the acting user may not see, and says nothing about it (`bitrix24.md` 2). Only calls that it has finished can tell.
 */
export async function statistics(
  requests: PortalRequests,
  context: RequestContext,
): Promise<Omit<DoctorCheck, 'name'>> {
  await findStatistics(requests, context, { externalCallId: 'doctor/no-such-call' }, 'cards');
  const finished = await newestByUser(requests, context.connection.id);
  const unseen: number[] = [];
  for (const [userId, bitrix24CallId] of finished)
    if ((await findStatistics(requests, context, { bitrix24CallId }, 'cards')) === null) unseen.push(userId);
  if (unseen.length > 0)
    return {
      ok: false,
      detail: `The newest finished call of user ${unseen.join(', ')} is not among the call statistics.`,
      mend:
        'In Bitrix24’s telephony permissions, give the role of the acting user "Call statistics: view" for the calls of all ' +
        'users: otherwise a lost answer cannot be made good. (A row that was deleted by hand looks the same.)',
    };
  const seen =
    finished.size === 0
      ? 'Whether those of all users may be seen shows with the first finished calls.'
      : `Those of ${finished.size} users were found.`;
  return { ok: true, detail: `Call statistics may be read: lost answers can be made good. ${seen}` };
}

/** `CALL_ID`s by user. */
async function newestByUser({ store }: PortalRequests, connection: string): Promise<Map<number, string>> {
  const { items } = await store.calls.list(connection, { state: 'finished' }, { limit: lookedThrough });
  const found = new Map<number, string>();
  for (const { closed, userId, bitrix24CallId, status } of items) {
    if (!closed || userId === null || bitrix24CallId === null || status === null) continue;
    if (found.size < triedUsers && !found.has(userId)) found.set(userId, bitrix24CallId);
  }
  return found;
}
