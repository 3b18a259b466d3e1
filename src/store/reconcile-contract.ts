import type { Direction } from '../domain/call-event';
import type { CallState } from '../domain/call-view';

/** What the ledger tells of one call when it is compared with 3CX's call log. */
export interface LedgerLine {
  callId: string;
  workflowId: string;
  startedAt: string;
  answeredAt: string | null;
  /** Null: forgotten or erased; empty: no number was told. */
  callerHash: string | null;
  direction: Direction | null;
  extension: string | null;
  state: CallState;
  closed: boolean;
  bitrix24CallId: string | null;
  marks: string[];
  /** Whether an end was among the events when the row was written last. */
  endTold: boolean;
}

/** How far the call log of a connection was compared with the ledger. */
export interface ReconcileMark {
  /** Everything that started before it was looked at, ISO 8601. */
  readTo: string | null;
  /** Since when this connection is ours to look after, ISO 8601; null: not looked at yet. */
  since: string | null;
  /** When the whole range was looked at last, ISO 8601. */
  fullAt: string | null;
  /** The PBX has no call log for us, as of `at`; `fingerprint` of the settings that were asked with. */
  missing: { reason: string; mend: string; fingerprint: string; at: string } | null;
  /** When the extensions were taken over from the portal by themselves last, ISO 8601. */
  extensionsSyncedAt: string | null;
}

/** Where the reconciliation of each connection stands. */
export interface ReconcileRepository {
  get(connection: string): Promise<ReconcileMark>;
  /** Changes what is given and keeps the rest. */
  put(connection: string, patch: Partial<ReconcileMark>): Promise<void>;
  delete(connection: string): Promise<void>;
}
