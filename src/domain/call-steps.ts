import type { CallEvent, Direction } from './call-event';
import type { CallView } from './call-view';
import type { Rules } from './connection';

/** Which call a step works for; the part every activity input starts with. */
export interface CallRef {
  connection: string;
  /** 3CX's id, or its stand-in (`h-…`, `report-…`). */
  callId: string;
  workflowId: string;
  /** A person ordered this try: it goes out even while the portal is known to refuse us. */
  ordered?: true;
}

/**
 * Whether the step also wrote the changed view to the ledger. A failed ledger write never fails a step whose
 * Bitrix24 write succeeded; the workflow then saves by a step of its own.
 */
export type Saved = boolean;

/** Who stands behind an extension at this moment. */
export type ResolvedExtension =
  { kind: 'person'; userId: number } | { kind: 'queue' } | { kind: 'ignore' } | { kind: 'unmapped' };

/** What a step writes to the ledger beside its own work, changed by what it did. */
export interface LedgerEntry {
  view: CallView;
  /** Grows with every change of the call; an older one never overwrites a newer one. */
  revision: number;
  /** Events taken in so far: a later repeat of one of them is no news. */
  deliveryKeys: string[];
}

export interface PrepareInput extends CallRef, LedgerEntry {
  /** Extensions seen so far whose meaning is not known yet. */
  extensions: string[];
  /** First look at this call: also asks the ledger and claims the physical call. */
  first: boolean;
  direction: Direction;
  /** Digits, empty for an anonymous caller. */
  callerNumber: string;
  /** Some event told the number, or that it is hidden. */
  callerTold: boolean;
  did: string | null;
  startedAt: string;
  /** The call is known only by a report without an id. */
  fromReport: boolean;
  /** Registered calls must be finished, so they are never left out any more. */
  registered: boolean;
  /** This run takes up a call whose workflow was gone before it was done. */
  resumed?: true;
  /** All that was told so far is that there is a recording, not when the call was. */
  onlyAnnounced?: true;
}

/** What an earlier run of the same call left in the ledger. */
export interface ResumedCall {
  bitrix24CallId: string | null;
  userId: number | null;
  startedAt: string | null;
  /** The new run's writes must be newer. */
  revision: number;
  marks: string[];
}

export type PrepareResult =
  /** The ledger knows it: an earlier run, since forgotten by Temporal, wrote it to Bitrix24. */
  | { outcome: 'handled' }
  /** The ledger knows an earlier call under this id, which the PBX has given out again: this one needs an id of its own. */
  | { outcome: 'reused-id' }
  /** Another workflow owns the physical call. */
  | {
      outcome: 'merged';
      survivorCallId: string;
      /** It may still be waiting for what only this one was told, e.g. the end. */
      survivorOpen: boolean;
    }
  /** Never sent: an internal call, or a number on the connection's list. */
  | { outcome: 'not-sent'; reason: 'internal' | 'excluded' }
  | {
      outcome: 'resolved';
      extensions: Record<string, ResolvedExtension>;
      /** Null: no DID was told. Without a mapping `lineNumber` holds the DID's digits. */
      lineNumber: string | null;
      lineFallbackUserId: number | null;
      /** Already decided from line rule, connection rule and direction. */
      crmCreate: boolean;
      rules: Rules;
      /** The longest one request to Bitrix24 may take; time-outs of the later steps are derived from it. */
      httpTimeoutMs: number;
      /** The call log of the PBX may be asked for what no event told. */
      callLog?: true;
      /** An earlier run of this call was gone before it was done: nothing of it is registered again. */
      resume?: ResumedCall;
    };

/** Fixed in workflow state before the first attempt, the same in every retry: they are Bitrix24's dedupe key. */
export interface RegisterParameters {
  userId: number;
  /** Digits for `PHONE_NUMBER`. */
  phoneNumber: string;
  /** Bitrix24's coding: 1 outgoing, 2 incoming, 3 incoming and forwarded. */
  type: 1 | 2 | 3;
  /** ISO 8601 with offset. */
  callStartDate: string;
  crmCreate: boolean;
  show: boolean;
  lineNumber: string | null;
  externalCallId: string;
}

export interface RegisterInput extends CallRef, LedgerEntry {
  parameters: RegisterParameters;
  /** Bursts of attempts before this one that may have written something. */
  round: number;
  /** Another run of this call came before, which may even have finished it: look first, however young the call is. */
  earlierRun?: true;
  /** Used when Bitrix24 says that the user is dismissed or unknown. */
  fallbackUserId: number;
}

export interface RegisterResult {
  bitrix24CallId: string;
  userId: number;
  /** e.g. `register-in-doubt`, `lead-not-created`. */
  marks: string[];
  /** The call was finished already by a forgotten attempt; its statistics row was found. */
  alreadyFinished: boolean;
  saved: Saved;
}

export interface CardsInput extends CallRef {
  bitrix24CallId: string;
  show: number[];
  hide: number[];
}

export interface FinishInput extends CallRef, LedgerEntry {
  bitrix24CallId: string;
  /** Bursts of attempts before this one that may have written something: above 0 look before writing. */
  round: number;
  /** Who should own the call, best first; resolved anew because a mapping may have changed meanwhile. */
  extension: string | null;
  /** Used when the extension is unknown or mapped to nobody. */
  fallbackUserId: number;
  /** The user of the register, owner when no extension is known. */
  registeredUserId: number;
  durationSeconds: number;
  /** A Bitrix24 status code. */
  statusCode: string;
  /** Needed to register anew when the portal lost the open call. */
  register: RegisterParameters;
}

export interface FinishResult {
  /** May differ from the input when the portal had lost the call and it was registered anew. */
  bitrix24CallId: string;
  userId: number;
  statisticsId: string | null;
  activityId: string | null;
  /** `unmapped-extension` when the fallback had to own the call; others as they arise. */
  marks: string[];
  saved: Saved;
}

export interface RecordingInput extends CallRef, LedgerEntry {
  bitrix24CallId: string;
  direction: Direction;
  /** Every extension that talked, in order. */
  extensions: string[];
  /** Digits of the outside party; empty when hidden. */
  callerNumber: string;
  did: string | null;
  startedAt: string;
  answeredAt: string | null;
  endedAt: string;
  durationSeconds: number;
  /** Told by `recording-ready`; only ever used as an id, never as an address. */
  recordingId: string | null;
  /** ISO instant after which waiting ends. */
  deadline: string;
  /** No run of this step went before, so that the ledger can know of no earlier look. */
  first?: true;
}

/** `attempts`: looks for the recording so far, over all runs of the step. */
export type RecordingResult = { saved: Saved; attempts?: number } & RecordingOutcome;

export type RecordingOutcome =
  | { state: 'attached'; bytes: number; parts: number }
  /** There is none and never will be: recording off, never recorded. */
  | { state: 'none'; reason: string }
  /** There may be one, but it cannot be had: deadline passed, no right, too big, not audio. */
  | { state: 'unavailable'; reason: string; mend: string };

export interface SaveInput extends CallRef, LedgerEntry {
  /** Nothing will change any more: later facts are only recorded. */
  closed: boolean;
}

export interface PassOnInput extends CallRef {
  /** An event that names this call's id but belongs to another physical call. */
  event: CallEvent;
  /** The id under which that other call shall run. */
  newCallId: string;
  /** `newCallId` won the claim to this very call; otherwise it is a later call under the same reused id. */
  merged?: true;
}

/** What the call workflow may ask of the world. Implemented in `src/activities`, one file each. */
export interface CallActivities {
  /** Resolves mappings and rules, asks the ledger, claims the physical call. Reads MongoDB only. */
  prepareCall(input: PrepareInput): Promise<PrepareResult>;
  registerCall(input: RegisterInput): Promise<RegisterResult>;
  /** Shows and hides the call card; failures are not worth more than a few tries. */
  updateCards(input: CardsInput): Promise<void>;
  finishCall(input: FinishInput): Promise<FinishResult>;
  attachRecording(input: RecordingInput): Promise<RecordingResult>;
  /** Writes the call to the ledger; must succeed for the call to close. */
  saveCall(input: SaveInput): Promise<void>;
  passOnEvent(input: PassOnInput): Promise<void>;
}
