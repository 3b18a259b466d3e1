import type { CallFilter, StoredCall } from '../../../store';
import { TemporalUnreachable } from '../../call-gateway';
import type { ApiDependencies } from '../../dependencies';
import { HttpProblem } from '../../problem';
import type { FoundCall } from './find-call';

type Deps = Pick<ApiDependencies, 'store' | 'calls'>;

const pageRows = 200;
/** More are left for the next request. */
const mostCalls = 1_000;
const atOnce = 10;
const refusalsShown = 100;

/**
 * Takes up again whatever failed or waits in one call.
 *
 * @throws {HttpProblem} 409 with the reason when the call is over, 503 when Temporal does not answer.
 */
export async function retryCall({ store, calls }: Deps, { view, row, held }: FoundCall): Promise<void> {
  for (const item of held) await store.inbox.later(item.id, 0);
  const outcome = await calls.retry(view.workflowId).catch((error: unknown) => {
    throw asProblem(error);
  });
  if (outcome === 'closed' && held.length === 0) throw new HttpProblem(409, { detail: whyOver(row) });
}

/** How a retry of many calls went. */
export interface RetriedCalls {
  matched: number;
  retried: number;
  refused: { callId: string; reason: string }[];
  /** There are more; ask again. */
  more: boolean;
}

/** @throws {HttpProblem} 503 when Temporal does not answer; what was taken up until then stays so. */
export async function retryCalls(
  { store, calls }: Deps,
  connection: string,
  filter: CallFilter,
): Promise<RetriedCalls> {
  const outcome: RetriedCalls = { matched: 0, retried: 0, refused: [], more: false };
  let cursor: string | undefined;
  do {
    const page = await store.calls.list(connection, filter, {
      limit: pageRows,
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (let from = 0; from < page.items.length; from += atOnce)
      await Promise.all(page.items.slice(from, from + atOnce).map((row) => retryOne(row)));
    cursor = page.nextCursor;
  } while (cursor !== undefined && outcome.matched < mostCalls);
  return { ...outcome, more: cursor !== undefined };

  async function retryOne(row: StoredCall): Promise<void> {
    outcome.matched += 1;
    const answer = row.closed
      ? 'closed'
      : await calls.retry(row.workflowId).catch((error: unknown) => {
          throw asProblem(error);
        });
    if (answer === 'signalled') outcome.retried += 1;
    else if (outcome.refused.length < refusalsShown)
      outcome.refused.push({ callId: row.callId, reason: whyOver(row) });
  }
}

/** Why a call whose workflow is over cannot be taken up. */
function whyOver(row: StoredCall | null): string {
  if (row === null) return 'The call is over and nothing of it was written down.';
  if (row.attention !== undefined)
    return `The call waited for the connection's attentionDays and was then given up: ${row.attention.reason}.`;
  if (row.recording.state === 'unavailable')
    return `The call is finished, and its recording was given up: ${row.recording.reason ?? 'unknown reason'}.`;
  return 'The call is finished: nothing is left to do.';
}

function asProblem(error: unknown): unknown {
  if (!(error instanceof TemporalUnreachable)) return error;
  return new HttpProblem(503, {
    detail: 'Temporal does not answer.',
    headers: { 'Retry-After': '5' },
    cause: error,
  });
}
