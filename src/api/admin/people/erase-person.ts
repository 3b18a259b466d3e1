import type { Connection } from '../../../domain/connection';
import { spellingsOf } from '../../../domain/phone-number';
import type { Actor, InboxItem } from '../../../store';
import { TemporalUnreachable } from '../../call-gateway';
import type { ApiDependencies } from '../../dependencies';
import { HttpProblem } from '../../problem';
import { forgetHistories, statusMs } from './forget-histories';
import { TheirNumber } from './their-number';

type Deps = Pick<ApiDependencies, 'store' | 'calls' | 'clock'>;

const hourMs = 3_600_000;
/** So long after a call its report, which names no call, may still come. */
const reportsComeMs = hourMs;

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
  /** Calls that still run; erase again when they are over. */
  openCalls: number;
}

/**
 * Removes one person's data, save what is in the portal and in the PBX. Calls that still run are left whole, so that none
 * is lost or written twice; of those that only wait for their recording the row is cleared. Doing it again is harmless.
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
  const now = deps.clock().getTime();
  const callerHash = store.hashNumber(id, digits);
  const isLine = await isOurLine(deps, connection, digits, callerHash);
  const theirs = new TheirNumber(digits, { isLine });
  const { histories, open, over, unclosed } = await asked(forgetHistories(deps, id, callerHash));
  const mustBeOver = new Date(now - connection.rules.maxCallHours * hourMs);
  const live = await store.liveCalls.erase(id, (state) => theirs.inText(state), mustBeOver);
  const inbox = await asked(store.inbox.erase(id, (event) => theirs.inEvent(event), goesOn(deps, id, open)));
  const cleared = await store.calls.clearUnclosed(id, unclosed, callerHash);
  const erased: Erased = {
    calls: cleared + (await store.calls.erase(id, over, theirs.spellingsElsewhere)),
    inbox,
    rejected: await store.rejected.erase(id, (item) => theirs.inRejected(item)),
    histories,
    liveCalls: live.removed,
    openCalls: Math.max(open.size, live.young),
  };
  const claims = await store.claims.erase(id, callerHash, new Date(now - reportsComeMs));
  // A click whose call goes on must find it, else the call is written twice. It ends by itself two days later.
  if (claims !== 'kept' && erased.openCalls === 0) await store.pendingCalls.erase(id, callerHash);
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

/** Whether clients dial the number: then it stands in the calls of others, and only who called from it is meant. */
async function isOurLine(
  { store }: Deps,
  { id, country }: Connection,
  digits: string,
  callerHash: string,
): Promise<boolean> {
  const spellings = new Set([...spellingsOf(digits, country), ...new TheirNumber(digits).spellings]);
  const isSpelling = (written: string): boolean => spellings.has(written.replace(/\D/g, ''));
  const lines = await store.lines.all(id);
  return (
    lines.some(({ key, value }) => isSpelling(key) || isSpelling(value.lineNumber)) ||
    (await store.calls.isDialled(id, [...spellings], callerHash))
  );
}

/** What needs Temporal's answer. @throws {HttpProblem} 503 when there is none. */
async function asked<Result>(answer: Promise<Result>): Promise<Result> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof TemporalUnreachable)) throw error;
    throw new HttpProblem(503, {
      detail: 'Temporal does not answer, so nobody knows which calls still run. Try again.',
      headers: { 'Retry-After': '5' },
      cause: error,
    });
  }
}

/**
 * Whether a call that has events in the inbox runs already; notes it as open then. Its row comes a moment after its workflow,
 * and stays unclosed when somebody ended that workflow, so Temporal is asked in both cases.
 */
function goesOn(
  { store, calls }: Deps,
  connection: string,
  open: Set<string>,
): (call: Pick<InboxItem, 'callId' | 'workflowId'>) => Promise<boolean> {
  return async ({ callId, workflowId }) => {
    const row = await store.calls.get(connection, callId);
    const isOpen = row?.closed !== true && (await calls.status(workflowId, statusMs)) === 'open';
    if (isOpen) open.add(workflowId);
    return isOpen;
  };
}
