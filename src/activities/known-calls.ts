import { namedExtensions } from '../domain/call-decisions';
import { foldFacts } from '../domain/call-facts';
import { callStart } from '../domain/call-outcome';
import type { KnownCall } from '../domain/match-log-calls';
import type { InboxItem, LedgerLine, Store } from '../store/contract';

/** More would not fit into memory; the range is then too long to be compared. */
const mostLines = 50_000;
const mostHeld = 1_000;

/** A call of the ledger, of the inbox, or of both. */
export interface FoundCall extends KnownCall {
  /** Null: only the inbox knows it so far. */
  line: LedgerLine | null;
  /** Events of it wait in the inbox. */
  held: boolean;
}

/** Everybody's knowledge of the calls of a range. */
export interface KnownCalls {
  calls: FoundCall[];
  /** There is more than was read, so that an unknown call proves nothing. */
  incomplete: boolean;
}

/** Reads what ledger and inbox know of the calls that started in the range. */
export async function readKnownCalls(
  store: Store,
  connection: string,
  range: { from: Date; to: Date },
): Promise<KnownCalls> {
  // The inbox first: an event that leaves it meanwhile is then seen in the ledger or not yet gone from here.
  const held = await store.inbox.forConnection(connection, mostHeld);
  const lines = await store.calls.startedBetween(connection, range.from, range.to, mostLines);
  const byCall = new Map<string, InboxItem[]>();
  for (const item of held) byCall.set(item.callId, [...(byCall.get(item.callId) ?? []), item]);
  const calls = lines.map((line) => fromLedger(line, byCall.has(line.callId)));
  for (const line of lines) byCall.delete(line.callId);
  for (const items of byCall.values()) calls.push(fromInbox(store, connection, items));
  return { calls, incomplete: held.length >= mostHeld || lines.length >= mostLines };
}

/** A call of the ledger, as it is compared. */
function fromLedger(line: LedgerLine, held: boolean): FoundCall {
  const { callId, callerHash, direction, extension, marks } = line;
  return {
    callId,
    startedAtMs: Date.parse(line.startedAt),
    callerHash,
    direction,
    extension,
    merged: marks.includes('merged'),
    line,
    held,
  };
}

function fromInbox(store: Store, connection: string, items: InboxItem[]): FoundCall {
  const facts = foldFacts(items.map(({ event }) => event));
  const { callId, receivedAt } = items[0]!;
  return {
    callId,
    startedAtMs: Date.parse(callStart(facts) ?? receivedAt),
    callerHash: store.hashNumber(connection, facts.callerNumber ?? ''),
    direction: facts.direction,
    extension: namedExtensions(facts)[0] ?? null,
    merged: false,
    line: null,
    held: true,
  };
}
