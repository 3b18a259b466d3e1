import type { CallEvent, Direction } from '../domain/call-event';
import { parseCallEvent } from '../domain/parse-call-event';
import type { CallFacts } from '../domain/call-facts';
import { foldFacts, haveSeveralEnds, isBareAnnouncement } from '../domain/call-facts';
import type { Resolutions } from '../domain/call-decisions';
import { ownerExtension } from '../domain/call-decisions';
import { callStart } from '../domain/call-outcome';
import type { CallOutcome } from '../domain/call-outcome';
import type {
  CallRef,
  LedgerEntry,
  PrepareResult,
  RegisterParameters,
  ResumedCall,
} from '../domain/call-steps';
import type { AttentionView, CallState, CallView, RecordingView } from '../domain/call-view';
import type { CallInput } from './messages';

const maxEventsKept = 500;
/** However much was told before, there is room for what ends a call. */
const maxEndsKept = 100;
const ends: readonly CallEvent['event'][] = ['call-ended', 'call-report', 'recording-ready'];
const liveSources = ['webhook', 'call-control'];

/** Steps number their ledger writes in between, so that a late write of an attempt never hides a newer state. */
const revisionStep = 1_000_000;

export type Resolved = Extract<PrepareResult, { outcome: 'resolved' }>;

/**
 * What the workflow holds of one call. Events only add to it; the story in `call.ts` reads it and acts. Pure but for
 * being mutable: everything shown or written is derived from here.
 */
export class CallSession {
  readonly ref: CallRef;
  private readonly events: CallEvent[] = [];
  private readonly seenKeys = new Set<string>();
  private readonly foreign: CallEvent[] = [];
  private readonly marks = new Set<string>();
  /** Null: to be folded when they are asked for. Thousands of signals may come in one task, which is short. */
  private folded: CallFacts | null = null;
  private currentRevision = 0;
  private disowned = false;
  /** A later call under the same id is known: its announcements are not ours. */
  private hasLaterCall = false;
  /** Which of several ends names the extension; null: there is no choice yet. */
  private endRule: { firstEndNames: boolean } | null = null;
  /** Grows with every event, so that waiting code notices. */
  changes = 0;
  /** Grows with every order to take up again. */
  retries = 0;
  /** Grows with every announcement of a recording, with or without an id. */
  announcements = 0;
  /** When a person's or queue's answer was told as it happened, not from a log; ISO 8601. */
  answerReceivedAt: string | null = null;
  /** An operator cancelled the workflow: nothing is waited for any more, but what was registered is finished. */
  cancelled = false;
  resolutions: Resolutions = {};
  resolved: Resolved | null = null;
  register: RegisterParameters | null = null;
  registeredExtension: string | null = null;
  bitrix24CallId: string | null = null;
  userId: number | null = null;
  outcome: CallOutcome | null = null;
  state: CallState = 'open';
  recording: RecordingView = { state: 'none', attempts: 0 };
  attention: AttentionView | null = null;
  /** What an earlier run left behind: what it wrote to Bitrix24 is looked for before anything is written again. */
  resumed: ResumedCall | null = null;
  /** From here on facts are recorded as late and change nothing that was written. */
  decided = false;
  /** A person ordered the step that runs now. */
  ordered = false;

  /** @param patched of the workflow: whether a rule applies that calls of earlier builds do not follow. */
  constructor(
    input: CallInput,
    private readonly patched: (rule: string) => boolean = () => true,
  ) {
    this.ref = { connection: input.connection, callId: input.callId, workflowId: input.workflowId };
  }

  get facts(): CallFacts {
    return (this.folded ??= foldFacts(this.events, this.endRule ?? {}));
  }

  get direction(): Direction {
    return this.facts.direction ?? 'inbound';
  }

  get startedAt(): string {
    return (
      this.register?.callStartDate ??
      this.resumed?.startedAt ??
      callStart(this.facts) ??
      this.facts.firstSeenAt ??
      ''
    );
  }

  /** Records what a signal brought. Never throws: a bad signal must not block the call. */
  receive(payload: unknown): void {
    const event = parseCallEvent(payload);
    if (event !== null && this.isOneTooMany(event) && this.marks.has('too-many-events')) return;
    this.changes += 1;
    if (event === null) {
      this.mark('bad-payload');
      return;
    }
    if (this.seenKeys.has(event.deliveryKey)) return;
    if (this.isOneTooMany(event)) {
      this.mark('too-many-events');
      return;
    }
    this.seenKeys.add(event.deliveryKey);
    if (this.disowned || this.belongsToAnotherCall(event)) {
      this.foreign.push(event);
      this.hasLaterCall ||= !isBareAnnouncement(event);
      return;
    }
    // What was decided stays as it was known then.
    const decidedBy = this.decided ? this.facts : null;
    this.events.push(event);
    if (this.endRule === null && haveSeveralEnds(this.events))
      this.endRule = { firstEndNames: !this.patched('end-of-the-last-talk') };
    if (event.event === 'recording-ready') this.announcements += 1;
    if (event.event === 'call-answered' && liveSources.includes(event.source))
      this.answerReceivedAt = event.receivedAt;
    this.folded = decidedBy;
    if (decidedBy === null) return;
    if (event.event !== 'recording-ready') this.mark('late-event');
    if (event.recordingId !== undefined && decidedBy.recordingId === null)
      this.folded = { ...decidedBy, recordingId: event.recordingId };
  }

  private isOneTooMany({ event }: CallEvent): boolean {
    return this.seenKeys.size >= maxEventsKept + (ends.includes(event) ? maxEndsKept : 0);
  }

  /** Goes on where an earlier run of this call stopped. */
  adopt(resumed: ResumedCall): void {
    this.resumed = resumed;
    this.bitrix24CallId = resumed.bitrix24CallId;
    this.userId = resumed.userId;
    this.currentRevision = Math.max(this.currentRevision, resumed.revision);
    resumed.marks.forEach((mark) => this.mark(mark));
  }

  /** Ends every wait: the call is finished with what is known. */
  cancel(): void {
    this.cancelled = true;
    this.changes += 1;
    this.mark('cancelled');
  }

  /** The whole workflow is about a later call under a reused id: all its events are handed on, now and later. */
  disown(): void {
    this.disowned = true;
    this.mark('reused-id');
    this.foreign.push(...this.events);
  }

  get hasForeign(): boolean {
    return this.foreign.length > 0;
  }

  /** An event of a later call under the same reused id, to be handed on; each comes out once. */
  takeForeign(): CallEvent | undefined {
    return this.foreign.shift();
  }

  /** Nothing was told but that there is a recording: no call begins so. */
  get isOnlyAnnounced(): boolean {
    return this.events.length > 0 && this.events.every(isBareAnnouncement);
  }

  /** Every event of this call so far. */
  told(): readonly CallEvent[] {
    return [...this.events];
  }

  mark(name: string): void {
    this.marks.add(name);
  }

  unmark(name: string): void {
    this.marks.delete(name);
  }

  /** What the next step writes to the ledger; `patch` is what the step will have changed when it writes. */
  ledgerEntry(patch: Partial<CallView> = {}): LedgerEntry {
    this.currentRevision += revisionStep;
    return {
      view: { ...this.view(), ...patch },
      revision: this.currentRevision,
      deliveryKeys: [...this.seenKeys],
    };
  }

  owner(): string | null {
    return ownerExtension(this.facts, this.resolutions, this.registeredExtension);
  }

  /** The call without any phone number, for the query, the ledger and the API. */
  view(): CallView {
    const facts = this.facts;
    const known = this.events.length > 0;
    return {
      callId: this.ref.callId,
      workflowId: this.ref.workflowId,
      state: this.state,
      bitrix24CallId: this.bitrix24CallId,
      direction: known ? this.direction : null,
      extension: this.owner() ?? facts.talked.at(-1) ?? facts.rang[0] ?? facts.endExtension,
      userId: this.userId,
      did: facts.did,
      lineNumber: this.resolved?.lineNumber ?? null,
      caller: facts.callerNumber === null ? null : maskNumber(facts.callerNumber),
      status: this.outcome?.statusCode ?? null,
      startedAt: known ? this.startedAt : null,
      answeredAt: facts.answeredAt ?? facts.answerHeardAt,
      endedAt: facts.endedAt ?? facts.endHeardAt,
      durationSeconds: this.outcome?.durationSeconds ?? null,
      marks: [...this.marks].sort(),
      recording: { ...this.recording },
      ...(this.attention === null ? {} : { attention: { ...this.attention } }),
      events: this.events.map((event) => ({
        event: event.event,
        at: event.receivedAt,
        source: event.source,
      })),
      requests: [],
    };
  }

  /** Digits-only ids start again with the PBX: a start too far away belongs to another call. */
  private belongsToAnotherCall(event: CallEvent): boolean {
    if (!/^[0-9]+$/.test(this.ref.callId) || this.events.length === 0) return false;
    const start = callStart(foldFacts([event]));
    const ours = callStart(this.facts);
    if (start === null || ours === null) return false;
    const maxCallMs = (this.resolved?.rules.maxCallHours ?? 12) * 3_600_000;
    if (Math.abs(Date.parse(start) - Date.parse(ours)) <= maxCallMs) return false;
    if (!isBareAnnouncement(event) || this.hasLaterCall) return true;
    return !this.patched('announcements-begin-no-call');
  }
}

/** An ellipsis and the last two digits; nothing of a short or empty number. */
export function maskNumber(digits: string): string {
  return digits.length > 4 ? `…${digits.slice(-2)}` : '…';
}
