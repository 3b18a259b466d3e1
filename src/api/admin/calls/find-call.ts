import { possibleCallIds, workflowIdFor } from '../../../domain/call-id';
import type { CallView } from '../../../domain/call-view';
import type { InboxItem, StoredCall } from '../../../store';
import { currentMarks } from '../../../store/current-marks';
import { CallSession } from '../../../workflows/call-session';
import { TemporalUnreachable } from '../../call-gateway';
import type { ApiDependencies } from '../../dependencies';
import { HttpProblem } from '../../problem';
import { showStoredCall } from './call-schema';

/** How long Temporal may take to tell of one call. */
const liveMs = 1_500;

/** One call, put together from everyone who knows of it. */
export interface FoundCall {
  view: CallView;
  /** The ledger's row, null when nothing is written yet. */
  row: StoredCall | null;
  /** Its events that no workflow has taken yet. */
  held: InboxItem[];
}

type Deps = Pick<ApiDependencies, 'store' | 'calls'>;

/**
 * Finds a call by the id that its 202 told or that 3CX uses: the running workflow knows it best, then the ledger, then
 * the inbox. A call that was merged into another is found as that other one.
 *
 * @returns null when nobody knows anything.
 * @throws {HttpProblem} 503 when only Temporal could know and does not answer.
 */
export async function findCall(deps: Deps, connection: string, named: string): Promise<FoundCall | null> {
  let silent: TemporalUnreachable | undefined;
  for (const callId of possibleCallIds(named, (text) => deps.store.hashNumber(connection, text))) {
    try {
      const found = await findById(deps, connection, callId);
      if (found !== null) return found;
    } catch (error) {
      if (!(error instanceof TemporalUnreachable)) throw error;
      silent = error;
    }
  }
  if (silent === undefined) return null;
  throw new HttpProblem(503, {
    detail: 'Temporal does not answer, and nobody else knows this call.',
    headers: { 'Retry-After': '5' },
    cause: silent,
  });
}

/**
 * @param isSurvivor it goes on for another call, and lost to nobody itself.
 * @throws {TemporalUnreachable} when nobody else knows it.
 */
async function findById(
  deps: Deps,
  connection: string,
  callId: string,
  isSurvivor = false,
): Promise<FoundCall | null> {
  const { store, calls } = deps;
  const workflowId = workflowIdFor(connection, callId);
  const asked = calls.view(workflowId, liveMs);
  const [row, held, survivor] = await Promise.all([
    store.calls.get(connection, callId),
    store.inbox.forCall(connection, callId),
    store.claims.survivorOf(connection, callId),
  ]);
  if (survivor !== null && !isSurvivor) return findById(deps, connection, survivor, true);
  const live = await asked;
  if (live !== null) {
    const marks = await currentMarks(store, connection, live);
    const unknown = row?.erased === true && { caller: null, did: null };
    return { view: { ...live, marks, requests: row?.requests ?? live.requests, ...unknown }, row, held };
  }
  if (row !== null) return { view: showStoredCall(row), row, held };
  // Temporal may have taken it in although no worker is there to tell of it.
  if (held.length > 0 || (await calls.status(workflowId, liveMs)) !== null)
    return { view: untold({ connection, callId, workflowId }, held), row, held };
  return null;
}

/** What the workflow will tell once it has run: the facts of the events so far, everything else unknown. */
function untold(
  ref: { connection: string; callId: string; workflowId: string },
  held: InboxItem[],
): CallView {
  const session = new CallSession(ref);
  for (const { event } of held) session.receive(event);
  return session.view();
}
