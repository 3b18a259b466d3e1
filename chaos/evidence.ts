/** What must be true of one call at the end. Made from what the PBX played, never from what the bridge says. */
export interface CallToFind {
  callId: string;
  /** `EXTERNAL_CALL_ID` that the portal must show. */
  externalCallId: string;
  scenario: string;
  userId: number;
  /** Another user who may own it: the first one was dismissed and came back. */
  orUserId?: number;
  /** Digits as in `PHONE_NUMBER`. */
  number: string;
  lineNumber: string | null;
  /** Bitrix24's coding. */
  type: 1 | 2;
  statusCode: string;
  /** Another code that will do: nobody took the end, and the call log of the PBX says less than it. */
  orStatusCode?: string;
  durationSeconds: number;
  /** Unix milliseconds, whole seconds. */
  startedAtMs: number;
  /** Nobody took its end and the call log of the PBX has no row of it: that it is over can be known to nobody. */
  untraceable?: boolean;
  /** SHA-256 of the recording's sound; null: the PBX has none. */
  recordingSha256: string | null;
  /** The instants from which the call's normal time is counted; null: it was made while faults were on. */
  cleanFromMs: number | null;
}

/** One row of the portal's statistics, with the recording linked to it. */
export interface SeenRow {
  callId: string;
  externalCallId: string | null;
  userId: number;
  number: string;
  lineNumber: string | null;
  type: number;
  statusCode: string;
  durationSeconds: number;
  startedAtMs: number;
  finishedAtMs: number;
  /** SHA-256 of the linked recording's sound; null: none is linked. */
  recordingSha256: string | null;
}

/** One workflow, as Temporal lists it. */
export interface SeenWorkflow {
  workflowId: string;
  /** Temporal's word, e.g. `COMPLETED`, `FAILED`, `RUNNING`. */
  status: string;
}

/** A secret or an outside number found where none may be; `what` is its name, never the thing itself. */
export interface Leak {
  where: string;
  what: string;
  count: number;
}

/** One edit of a mapping; `name` is its own, so that it is known again wherever it stands. */
export interface SeenEdit {
  extension: string;
  name: string;
  /** ETag that was sent as If-Match; null: none was. */
  against: string | null;
  /** What the admin was told; `unknown`: nothing, or that the server had failed. */
  outcome: 'done' | 'refused' | 'unknown';
}

/** How often a planned kind of fault was to come and came. */
export interface FaultCount {
  kind: string;
  /** Row of the fault matrix. */
  matrix: string;
  /** Null: it goes on all the time, by a rate. */
  planned: number | null;
  hits: number;
}

/** Everything the checker looks at. */
export interface Evidence {
  calls: CallToFind[];
  rows: SeenRow[];
  /** `CALL_ID` of each CRM activity. */
  activityCallIds: string[];
  /** Registered calls that were never finished. */
  openRegistrations: { callId: string; externalCallId: string | null; number: string }[];
  /** Phone numbers of each lead that a call has made. */
  leadNumbers: string[][];
  /** Those of type `call` that are not completed. */
  workflows: SeenWorkflow[];
  leaks: Leak[];
  edits: SeenEdit[];
  /** Name by extension, as the admin API shows them at the end. */
  mappings: Record<string, string>;
  /** Of edits, the oldest first. */
  auditRows: { extension: string; name: string }[];
  faults: FaultCount[];
  /** When the last fault was over, Unix milliseconds. */
  healedAtMs: number;
  /** Longest time that a call of the fault phase may take after that. */
  healLimitMs: number;
  /** Longest time that a clean call may take. */
  cleanLimitMs: number;
}
