import { workflowIdFor } from '../../../domain/call-id';
import type { Connection } from '../../../domain/connection';
import type { Actor, StoredCall } from '../../../store';
import type { CallGateway } from '../../call-gateway';
import { TemporalUnreachable } from '../../call-gateway';
import type { ApiDependencies } from '../../dependencies';
import { HttpProblem } from '../../problem';
import { TheirNumber } from './their-number';

type Deps = Pick<ApiDependencies, 'store' | 'calls' | 'clock'>;

const pageRows = 200;
const atOnce = 10;
const hourMs = 3_600_000;

/** What was removed of one person. */
export interface Erased {
  /** Calls that keep no number, no hash and no DID any more; the rest stays, so that a repeat doubles nothing. */
  calls: number;
  /** Events that waited for Temporal. */
  inbox: number;
  rejected: number;
  /** Histories in Temporal that were deleted. */
  histories: number;
  /** Calls that Call Control left behind. */
  liveCalls: number;
  /** Calls that are still running; erase again when they are over. */
  openCalls: number;
}

/**
 * Removes one person's data, save what is in the portal and in the PBX. Doing it again is harmless.
 *
 * @param digits of the number, normalised.
 * @throws {HttpProblem} 503 when Temporal does not answer: then the ledger still knows which histories to delete.
 */
export async function erasePerson(
  deps: Deps,
  connection: Connection,
  digits: string,
  actor: Actor,
): Promise<Erased> {
  const { store } = deps;
  const { id } = connection;
  const callerHash = store.hashNumber(id, digits);
  const theirs = new TheirNumber(digits);
  const { histories, openCalls } = await forgetHistories(deps, id, callerHash);
  const mustBeOver = new Date(deps.clock().getTime() - connection.rules.maxCallHours * hourMs);
  const live = await store.liveCalls.erase(id, (state) => theirs.inText(state), mustBeOver);
  const erased: Erased = {
    calls: await store.calls.erase(id, callerHash, theirs.spellings),
    inbox: await store.inbox.erase(id, (event) => theirs.inEvent(event)),
    rejected: await store.rejected.erase(id, (item) => theirs.inRejected(item)),
    histories,
    liveCalls: live.removed,
    openCalls: Math.max(openCalls, live.young),
  };
  await store.claims.erase(id, callerHash);
  await store.pendingCalls.erase(id, callerHash);
  const change = {
    connection: connection.id,
    action: 'person.erase',
    target: 'one number',
    before: null,
    after: erased,
  };
  await store.audit.record(change, actor);
  return erased;
}

async function forgetHistories(
  { store, calls }: Deps,
  connection: string,
  callerHash: string,
): Promise<Pick<Erased, 'histories' | 'openCalls'>> {
  const counts = { histories: 0, openCalls: 0 };
  const count = (outcome: Awaited<ReturnType<CallGateway['forget']>>): void => {
    if (outcome === 'open') counts.openCalls += 1;
    if (outcome === 'forgotten') counts.histories += 1;
  };
  const forget = async (row: StoredCall): Promise<void> => {
    // Only what the ledger remembers may be forgotten by Temporal, else a repeat would be written again.
    const outcome = row.closed ? await calls.forget(row.workflowId) : 'open';
    count(outcome);
  };
  /** A call that was merged, and one whose id was used again, were told of the number too, and wrote nothing of their own. */
  const forgetAlso = async (rows: StoredCall[]): Promise<void> => {
    const losers = await store.claims.losersOf(
      connection,
      rows.map(({ callId }) => callId),
    );
    const earlier = rows
      .map(({ callId }) => callId.replace(/~\d+$/, ''))
      .filter((callId, at) => callId !== rows[at]!.callId);
    for (const callId of new Set([...losers, ...earlier]))
      count(await calls.forget(workflowIdFor(connection, callId)));
  };
  try {
    let cursor: string | undefined;
    do {
      const page = { limit: pageRows, ...(cursor === undefined ? {} : { cursor }) };
      const { items, nextCursor } = await store.calls.list(connection, { callerHash }, page);
      for (let from = 0; from < items.length; from += atOnce)
        await Promise.all(items.slice(from, from + atOnce).map(forget));
      await forgetAlso(items);
      cursor = nextCursor;
    } while (cursor !== undefined);
    return counts;
  } catch (error) {
    if (!(error instanceof TemporalUnreachable)) throw error;
    throw new HttpProblem(503, {
      detail: 'Temporal does not answer, so its histories cannot be deleted. Try again.',
      headers: { 'Retry-After': '5' },
      cause: error,
    });
  }
}
