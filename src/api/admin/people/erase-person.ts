import { nationalDigits } from '../../../domain/phone-number';
import type { Connection } from '../../../domain/connection';
import type { Actor, RejectedItem, StoredCall } from '../../../store';
import { TemporalUnreachable } from '../../call-gateway';
import type { ApiDependencies } from '../../dependencies';
import { HttpProblem } from '../../problem';

type Deps = Pick<ApiDependencies, 'store' | 'calls'>;

const pageRows = 200;
const atOnce = 10;
/** Fewer digits stand by chance inside others, so they must stand alone. */
const minDigitsInside = 7;

/** What was removed of one person. */
export interface Erased {
  /** Calls that keep no number, no hash and no DID any more; the rest stays, so that a repeat doubles nothing. */
  calls: number;
  /** Events that waited for Temporal. */
  inbox: number;
  rejected: number;
  /** Histories in Temporal that were deleted. */
  histories: number;
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
  const callerHash = store.hashNumber(connection.id, digits);
  const { histories, openCalls } = await forgetHistories(deps, connection.id, callerHash);
  const erased: Erased = {
    calls: await store.calls.erase(connection.id, callerHash),
    inbox: await store.inbox.erase(connection.id, (event) => event.callerNumber === digits),
    rejected: await store.rejected.erase(connection.id, (item) => mentions(item, digits)),
    histories,
    openCalls,
  };
  await store.claims.erase(connection.id, callerHash);
  await store.pendingCalls.erase(connection.id, callerHash);
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
  const forget = async (row: StoredCall): Promise<void> => {
    // Only what the ledger remembers may be forgotten by Temporal, else a repeat would be written again.
    const outcome = row.closed ? await calls.forget(row.workflowId) : 'open';
    if (outcome === 'open') counts.openCalls += 1;
    if (outcome === 'forgotten') counts.histories += 1;
  };
  try {
    let cursor: string | undefined;
    do {
      const page = { limit: pageRows, ...(cursor === undefined ? {} : { cursor }) };
      const { items, nextCursor } = await store.calls.list(connection, { callerHash }, page);
      for (let from = 0; from < items.length; from += atOnce)
        await Promise.all(items.slice(from, from + atOnce).map(forget));
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

/** Whether a webhook that nobody understood seems to tell of a number, in whatever spelling. */
function mentions(item: RejectedItem, digits: string): boolean {
  const body = item.bodyEncoding === 'utf8' ? item.body : Buffer.from(item.body, 'base64').toString('latin1');
  const text = [body, ...Object.values(item.query)].join('\n');
  const national = nationalDigits(digits) ?? digits;
  if (national.length < minDigitsInside) return new RegExp(`(?<!\\d)${national}(?!\\d)`).test(text);
  return text.replace(/%20|[ ().+-]/g, '').includes(national);
}
