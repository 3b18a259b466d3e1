/** What must be true of one call at the end. Made from what the PBX played, never from what the bridge says. */
export interface CallToFind {
  callId: string;
  /** `EXTERNAL_CALL_ID` that the portal must show. */
  externalCallId: string;
  scenario: string;
  userId: number;
  /** Digits as in `PHONE_NUMBER`. */
  number: string;
  lineNumber: string | null;
  /** Bitrix24's coding. */
  type: 1 | 2;
  statusCode: string;
  durationSeconds: number;
  /** Unix milliseconds, whole seconds. */
  startedAtMs: number;
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

/** One workflow of type `call`, as Temporal lists it. */
export interface SeenWorkflow {
  workflowId: string;
  /** Temporal's word, e.g. `COMPLETED`, `FAILED`, `RUNNING`. */
  status: string;
}

/** A text in which no secret and no number may be found. */
export interface SeenText {
  where: string;
  text: string;
}

/** How often a planned kind of fault was to come and came. */
export interface FaultCount {
  kind: string;
  /** Row of the fault matrix. */
  matrix: string;
  planned: number;
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
  workflows: SeenWorkflow[];
  texts: SeenText[];
  /** By name, whatever may be in none of the texts. */
  secrets: Record<string, string>;
  faults: FaultCount[];
  /** When the last fault was over, Unix milliseconds. */
  healedAtMs: number;
  /** Longest time that a call of the fault phase may take after that. */
  healLimitMs: number;
  /** Longest time that a clean call may take. */
  cleanLimitMs: number;
}
