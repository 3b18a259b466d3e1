import type { CallEvent } from './call-event';
import type { CallRef } from './call-steps';

/** What one look at the call log is about. */
export interface ReconcileInput {
  connection: string;
  /** Somebody asked for it: looks back as far as ever, and asks a PBX that had no call log before. */
  ordered: boolean;
}

/**
 * What was mended in one call: `whole-call` was known to nobody, `end` was missing, `restarted`: its workflow was gone
 * before it was done.
 */
export type Healing = 'whole-call' | 'end' | 'restarted';

/** What could not be mended, and what a person can do. Without `callId` it concerns the look as a whole. */
export interface NotHealed {
  callId?: string;
  /** Stable short word, e.g. `call-log-right-missing`, `just-ended`. */
  reason: string;
  mend?: string;
}

/** How one look went. Holds no phone number. */
export interface ReconcileOutcome {
  healed: { callId: string; what: Healing }[];
  notHealed: NotHealed[];
  /** Calls of the log that were compared. */
  lookedAt: number;
  /** Range of the look, ISO 8601. */
  from: string;
  to: string;
  /** The extensions should be taken over from the portal now. */
  extensionsDue?: true;
}

/** What taking over the extensions changed, and how many a person should look at. */
export interface SyncOutcome {
  created: number;
  updated: number;
  duplicates: number;
  conflicts: number;
}

/** A call that ended and of which something was not told. */
export interface AskCallLogInput extends CallRef {
  direction: 'inbound' | 'outbound';
  /** Digits; null: not told. */
  callerNumber: string | null;
  extensions: string[];
  startedAt: string;
  /** What is missing: only that is told. */
  missing: MissingFact[];
}

export type MissingFact = 'did' | 'extension' | 'number';

/** What compares the ledger with 3CX's call log. Implemented in `src/activities`. */
export interface ReconcileActivities {
  reconcileCalls(input: ReconcileInput): Promise<ReconcileOutcome>;
  /** Null: the connection does not want it (any more). */
  syncExtensions(input: { connection: string }): Promise<SyncOutcome | null>;
}

/** The reason of a failed look: the call log lists a call some seconds after its end. */
export const notListedYet = 'call-not-listed-yet';

/** One bounded question about one call. Implemented in `src/activities`. */
export interface QuickLookActivities {
  /**
   * The missing facts as an event, or null when the log does not tell them. Fails with the reason {@link notListedYet}
   * when nobody is named in the call and the log does not list it.
   */
  askCallLog(input: AskCallLogInput): Promise<CallEvent | null>;
}
