import { createHash } from 'node:crypto';
import type { CallView, RequestView } from '../domain/call-view';
import type { StoredCall } from './contract';
import type { LedgerLine } from './reconcile-contract';

/** A row of the ledger as MongoDB holds it. */
export interface CallDocument {
  _id: string;
  connection: string;
  /** Null: only requests are known so far. */
  view: Omit<CallView, 'requests' | 'caller' | 'did'> | null;
  /** What goes after `PERSONAL_DATA_DAYS`; the rest is kept so that a repeat doubles nothing. */
  personal?: { caller: string | null; did: string | null; callerHash?: string; erasedHash?: string };
  /** Absent in rows of older versions, which have `personalUntil`. */
  createdAt?: Date;
  personalUntil?: Date;
  requests: RequestView[];
  /** Hashed delivery keys. */
  seen: string[];
  revision: number;
  closed: boolean;
  updatedAt: string;
  expireAt: Date;
}

/** What is set only when the row is made, without what is written in any case. */
export function withoutSet(onInsert: object, set: object): object {
  return Object.fromEntries(Object.entries(onInsert).filter(([key]) => !(key in set)));
}

/** `_id` of a call's row. */
export function idOf(connection: string, callId: string): string {
  return `${connection}/${callId}`;
}

/** Delivery keys may tell something, so only their hash is kept. */
export function hashKey(key: string): string {
  return createHash('sha256').update(key).digest('base64url').slice(0, 22);
}

/** Unix milliseconds; 0: not told. */
export function startOf(document: CallDocument): number {
  return (document.view as { startedAtMs?: number } | null)?.startedAtMs ?? 0;
}

/** What the reconciliation compares. */
export function toLedgerLine({ view, personal, closed }: CallDocument): LedgerLine {
  const { callId, workflowId, startedAt, answeredAt, direction, extension } = view!;
  const { state, bitrix24CallId, marks, events } = view!;
  return {
    callId,
    workflowId,
    startedAt: startedAt!,
    answeredAt,
    callerHash: personal?.callerHash ?? null,
    direction,
    extension,
    state,
    closed,
    bitrix24CallId,
    marks,
    endTold: events.some(({ event }) => event === 'call-ended' || event === 'call-report'),
  };
}

/** The row in the words of the contract. */
export function show(document: CallDocument): StoredCall {
  const { startedAtMs: _startedAtMs, ...view } = document.view as NonNullable<CallDocument['view']> & {
    startedAtMs?: number;
  };
  return {
    ...view,
    caller: document.personal?.caller ?? null,
    did: document.personal?.did ?? null,
    requests: document.requests,
    connection: document.connection,
    revision: document.revision,
    updatedAt: document.updatedAt,
    closed: document.closed,
    erased: document.personal?.erasedHash !== undefined,
  };
}
