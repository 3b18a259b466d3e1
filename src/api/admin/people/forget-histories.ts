import { workflowIdFor } from '../../../domain/call-id';
import type { CallFilter, StoredCall } from '../../../store';
import type { CallGateway } from '../../call-gateway';
import type { ApiDependencies } from '../../dependencies';

type Deps = Pick<ApiDependencies, 'store' | 'calls'>;
type Outcome = Awaited<ReturnType<CallGateway['forget']>>;

const pageRows = 200;
const atOnce = 10;
/** How long Temporal may take to tell whether one call runs. */
export const statusMs = 1_000;

/** What became of one person's calls in Temporal. */
export interface ForgottenCalls {
  /** Histories that were deleted. */
  histories: number;
  /** Workflow ids of calls that still run. */
  open: Set<string>;
  /** Ids of calls that nothing in Temporal tells of any more. */
  over: string[];
  /** Ids of calls that wait for their recording only, or whose workflow went without a last word: their histories stay. */
  unclosed: string[];
}

/**
 * Deletes the histories of one person's calls. A call that still runs is left alone and told: its row keeps a hash by
 * which it is found when it is over, also when it was cleared meanwhile.
 *
 * @throws {TemporalUnreachable} the ledger still knows then which histories to delete.
 */
export async function forgetHistories(
  deps: Deps,
  connection: string,
  callerHash: string,
): Promise<ForgottenCalls> {
  const { store } = deps;
  const eraser = new HistoryEraser(deps, connection);
  for (const filter of [{ callerHash }, { erasedHash: callerHash }])
    for await (const rows of pagesOf(deps, connection, filter))
      for (let from = 0; from < rows.length; from += atOnce)
        await Promise.all(rows.slice(from, from + atOnce).map((row) => eraser.forgetCall(row)));
  // Also those whose rows lost their hash in an earlier erasure, or never had it.
  for (const callId of await store.claims.callsOf(connection, callerHash)) await eraser.forgetClaimed(callId);
  return eraser.result();
}

async function* pagesOf(
  { store }: Deps,
  connection: string,
  filter: CallFilter,
): AsyncGenerator<StoredCall[]> {
  let cursor: string | undefined;
  do {
    const page = { limit: pageRows, ...(cursor === undefined ? {} : { cursor }) };
    const { items, nextCursor } = await store.calls.list(connection, filter, page);
    yield items;
    cursor = nextCursor;
  } while (cursor !== undefined);
}

class HistoryEraser {
  private readonly asked = new Map<string, Promise<Outcome>>();
  private readonly open = new Set<string>();
  private readonly over = new Set<string>();
  private readonly unclosed = new Set<string>();
  private histories = 0;

  constructor(
    private readonly deps: Deps,
    private readonly connection: string,
  ) {}

  result(): ForgottenCalls {
    const { histories, open, over, unclosed } = this;
    return { histories, open, over: [...over], unclosed: [...unclosed] };
  }

  /** Only what the ledger remembers may be forgotten by Temporal, else a repeat would be written again. */
  async forgetCall(row: StoredCall): Promise<void> {
    const { callId, workflowId } = row;
    if (!row.closed) return this.lookAtUnclosed(row);
    const related = (await this.relatedTo(callId)).map((id) => workflowIdFor(this.connection, id));
    const outcomes = await Promise.all([workflowId, ...related].map((id) => this.forget(id)));
    if (!outcomes.includes('open')) this.over.add(callId);
  }

  /** Somebody may have ended the workflow before its last word. What is written already needs nothing personal any more. */
  private async lookAtUnclosed({ callId, workflowId, state }: StoredCall): Promise<void> {
    const runs = (await this.deps.calls.status(workflowId, statusMs)) === 'open';
    if (runs) this.open.add(workflowId);
    else {
      const now = await this.deps.store.calls.get(this.connection, callId);
      if (now?.closed === true) return this.forgetCall(now);
    }
    if (!runs || state === 'finished') this.unclosed.add(callId);
  }

  async forgetClaimed(callId: string): Promise<void> {
    const { store } = this.deps;
    const row = await store.calls.get(this.connection, callId);
    if (row !== null) return this.forgetCall(row);
    const workflowId = workflowIdFor(this.connection, callId);
    if ((await store.claims.survivorOf(this.connection, callId)) !== null) await this.forget(workflowId);
    // It began a moment ago, and its row comes.
    else this.open.add(workflowId);
  }

  /**
   * A call that was merged, and one whose id was used again, were told of the number too, and wrote nothing of their own. The
   * latter may be somebody else's: while its row is not closed it is left alone, and keeps nothing here from being erased.
   */
  private async relatedTo(callId: string): Promise<string[]> {
    const { store } = this.deps;
    const losers = await store.claims.losersOf(this.connection, [callId]);
    const earlier = callId.replace(/~\d+$/, '');
    if (earlier === callId) return losers;
    const row = await store.calls.get(this.connection, earlier);
    return row === null || row.closed ? [...losers, earlier] : losers;
  }

  /** Each workflow once. */
  private forget(workflowId: string): Promise<Outcome> {
    const asked = this.asked.get(workflowId) ?? this.order(workflowId);
    this.asked.set(workflowId, asked);
    return asked;
  }

  private async order(workflowId: string): Promise<Outcome> {
    const outcome = await this.deps.calls.forget(workflowId);
    if (outcome === 'open') this.open.add(workflowId);
    if (outcome === 'forgotten') this.histories += 1;
    return outcome;
  }
}
