import { workflowIdFor } from '../../../domain/call-id';
import type { StoredCall } from '../../../store';
import type { CallGateway } from '../../call-gateway';
import type { ApiDependencies } from '../../dependencies';

type Deps = Pick<ApiDependencies, 'store' | 'calls'>;
type Outcome = Awaited<ReturnType<CallGateway['forget']>>;

const pageRows = 200;
const atOnce = 10;

/** What became of one person's calls in Temporal. */
export interface ForgottenCalls {
  /** Histories that were deleted. */
  histories: number;
  /** Workflow ids of calls that still run. */
  open: Set<string>;
  /** Ids of calls that nothing in Temporal tells of any more. */
  over: string[];
}

/**
 * Deletes the histories of one person's calls. A call that still runs is left alone and told: its row keeps the hash by
 * which it is found when it is over.
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
  let cursor: string | undefined;
  do {
    const page = { limit: pageRows, ...(cursor === undefined ? {} : { cursor }) };
    const { items, nextCursor } = await store.calls.list(connection, { callerHash }, page);
    for (let from = 0; from < items.length; from += atOnce)
      await Promise.all(items.slice(from, from + atOnce).map((row) => eraser.forgetCall(row)));
    cursor = nextCursor;
  } while (cursor !== undefined);
  // Also those whose rows lost their hash in an earlier erasure, or never had it.
  for (const callId of await store.claims.callsOf(connection, callerHash)) await eraser.forgetClaimed(callId);
  return eraser.result();
}

class HistoryEraser {
  private readonly asked = new Map<string, Promise<Outcome>>();
  private readonly open = new Set<string>();
  private readonly over = new Set<string>();
  private histories = 0;

  constructor(
    private readonly deps: Deps,
    private readonly connection: string,
  ) {}

  result(): ForgottenCalls {
    return { histories: this.histories, open: this.open, over: [...this.over] };
  }

  /** Only what the ledger remembers may be forgotten by Temporal, else a repeat would be written again. */
  async forgetCall({ callId, workflowId, closed }: StoredCall): Promise<void> {
    if (!closed) {
      this.open.add(workflowId);
      return;
    }
    const related = (await this.relatedTo(callId)).map((id) => workflowIdFor(this.connection, id));
    const outcomes = await Promise.all([workflowId, ...related].map((id) => this.forget(id)));
    if (!outcomes.includes('open')) this.over.add(callId);
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

  /** A call that was merged, and one whose id was used again, were told of the number too, and wrote nothing of their own. */
  private async relatedTo(callId: string): Promise<string[]> {
    const losers = await this.deps.store.claims.losersOf(this.connection, [callId]);
    const earlier = callId.replace(/~\d+$/, '');
    return earlier === callId ? losers : [...losers, earlier];
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
