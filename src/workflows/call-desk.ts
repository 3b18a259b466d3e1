import {
  CancellationScope,
  isCancellation,
  setCurrentDetails,
  sleep,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { namedExtensions, personsWhoTalked } from '../domain/call-decisions';
import type { CallView } from '../domain/call-view';
import { burstMs } from './attention';
import { CardDesk } from './card-desk';
import type { CallSession } from './call-session';
import { describeCall } from './describe-call';
import type { CallInput } from './messages';
import { fallbackUserId, recordingAfterFinish, registerParameters } from './register-parameters';
import { callSearchAttributes, isInternalNumber } from './search-attributes';
import { Persistence } from './persistence';
import { bitrix24Step, recordingStep, storeStep } from './steps';
import type { StepLimits } from './steps';

const hourMs = 3_600_000;

/** Carries out the steps of one call and keeps what operators see of it up to date. */
export class CallDesk {
  private readonly timeScale: number;
  private readonly cards: CardDesk;
  private readonly persistence: Persistence;
  private saved = false;
  /** `session.changes` at the last ledger write that is known to have succeeded. */
  private savedChanges = -1;
  private shownAttributes = '';
  private preparedFor = '';

  constructor(
    private readonly session: CallSession,
    input: CallInput,
  ) {
    this.timeScale = input.timeScale ?? 1;
    this.cards = new CardDesk(session, () => this.limits);
    this.persistence = new Persistence(session, {
      scaled: (ms) => this.scaled(ms),
      changed: async () => {
        this.saved = false;
        this.show();
        await this.saveInPassing();
      },
      mended: () => this.show(),
    });
    this.show();
  }

  /** Divides our own timers, for tests. */
  scaled(ms: number): number {
    return Math.max(1, Math.round(ms / this.timeScale));
  }

  private get limits(): StepLimits {
    return {
      httpTimeoutMs: this.session.resolved?.httpTimeoutMs ?? 65_000,
      timeScale: this.timeScale,
      taskQueue: workflowInfo().taskQueue,
    };
  }

  /** Looks up extensions, line and rules. False: this call is not ours to write, and says why by a mark. */
  async prepare(first: boolean): Promise<boolean> {
    const { session } = this;
    const preparedFor = this.lookupKey();
    const result = await this.persistence.run((round) =>
      storeStep(
        'prepareCall',
        this.limits,
        burstMs(round),
      )({
        ...session.ref,
        extensions: namedExtensions(session.facts).filter(
          (extension) => session.resolutions[extension] === undefined,
        ),
        first,
        direction: session.direction,
        callerNumber: session.facts.callerNumber ?? '',
        did: session.facts.did,
        startedAt: session.startedAt,
        fromReport: session.ref.callId.startsWith('report-'),
        registered: session.bitrix24CallId !== null,
        ...session.ledgerEntry(),
      }),
    );
    if (result === null) return false;
    switch (result.outcome) {
      case 'resolved':
        this.preparedFor = preparedFor;
        session.resolved = result;
        session.resolutions = { ...session.resolutions, ...result.extensions };
        return true;
      case 'merged':
        session.mark('merged');
        break;
      case 'handled':
        session.mark('handled-before');
        // The ledger's row is the truth about this call; the view of this run must not replace it.
        this.noteSaved(true, session.changes);
        break;
      case 'not-sent':
        session.mark(result.reason);
    }
    session.state = 'finished';
    return false;
  }

  /** Whether something was told since the last look-up that it did not know of. */
  needsPrepare(): boolean {
    const { session } = this;
    if (namedExtensions(session.facts).some((extension) => session.resolutions[extension] === undefined))
      return true;
    return session.bitrix24CallId === null && this.preparedFor !== this.lookupKey();
  }

  private lookupKey(): string {
    const { direction, facts } = this.session;
    return JSON.stringify([direction, facts.callerNumber, facts.did]);
  }

  /** One timer for the longest believable call, whatever happens meanwhile. */
  startLongestCall(): { readonly expired: boolean; cancel(): void } {
    const scope = new CancellationScope();
    const watch = { expired: false, cancel: () => scope.cancel() };
    const waitMs = this.scaled((this.session.resolved?.rules.maxCallHours ?? 12) * hourMs);
    scope
      .run(() => sleep(waitMs, { summary: 'Longest believable call' }))
      .then(() => (watch.expired = true))
      .catch((error) => {
        if (!isCancellation(error)) throw error;
      });
    this.show();
    return watch;
  }

  /** Fixes the parameters once, then registers. `live`: somebody is at the phone, so the card may open. */
  async register(live: boolean): Promise<boolean> {
    const { session } = this;
    session.register ??= registerParameters(session, live);
    const { changes } = session;
    session.userId = session.register.userId;
    const result = await this.persistence.run((round) =>
      bitrix24Step(
        'registerCall',
        this.limits,
        burstMs(round),
      )({
        ...session.ref,
        parameters: { ...session.register!, show: session.register!.show && !session.facts.ended },
        fallbackUserId: fallbackUserId(session),
        ...session.ledgerEntry(),
      }),
    );
    if (result === null) return false;
    session.bitrix24CallId = result.bitrix24CallId;
    session.userId = result.userId;
    result.marks.forEach((mark) => session.mark(mark));
    this.noteSaved(result.saved, changes);
    if (session.register.show) this.cards.opened(session.registeredExtension);
    this.show();
    return true;
  }

  cardsDiffer(wanted: string[]): boolean {
    return this.cards.differ(wanted);
  }

  async moveCards(wanted: string[]): Promise<void> {
    await this.cards.move(wanted);
  }

  /** `finish` hides the card of the finishing user only. */
  async hideAllCards(): Promise<void> {
    const owner = this.session.owner();
    await this.cards.move(owner === null ? [] : [owner], { onlyHide: true });
  }

  async finish(): Promise<boolean> {
    const { session } = this;
    const outcome = session.outcome!;
    const { changes } = session;
    const result = await this.persistence.run((round) =>
      bitrix24Step(
        'finishCall',
        this.limits,
        burstMs(round),
      )({
        ...session.ref,
        bitrix24CallId: session.bitrix24CallId!,
        extension: session.owner(),
        fallbackUserId: fallbackUserId(session),
        registeredUserId: session.userId!,
        durationSeconds: outcome.durationSeconds,
        statusCode: outcome.statusCode,
        register: session.register!,
        ...session.ledgerEntry({ state: 'finished', recording: recordingAfterFinish(session) }),
      }),
    );
    if (result === null) return false;
    session.bitrix24CallId = result.bitrix24CallId;
    session.userId = result.userId;
    session.unmark('unmapped-extension');
    result.marks.forEach((mark) => session.mark(mark));
    session.state = 'finished';
    session.recording = recordingAfterFinish(session);
    this.noteSaved(result.saved, changes);
    this.show();
    return true;
  }

  /** Waits for the recording; taken up at once when one is announced or somebody asks for it. */
  async attachRecording(): Promise<void> {
    const { session } = this;
    if (session.recording.state !== 'waiting') return;
    const { changes } = session;
    const { recordingDeadlineHours } = session.resolved!.rules;
    const waitMs = recordingDeadlineHours * hourMs;
    const endedAt = session.facts.endedAt ?? session.facts.endHeardAt ?? session.startedAt;
    const deadline = new Date(Date.now() + this.scaled(waitMs)).toISOString();
    const result = await this.persistence.run(() =>
      this.persistence.untilTold(() =>
        recordingStep(
          this.limits,
          waitMs,
        )({
          ...session.ref,
          bitrix24CallId: session.bitrix24CallId!,
          direction: session.direction,
          extensions: personsWhoTalked(session.facts, session.resolutions),
          callerNumber: session.facts.callerNumber ?? '',
          did: session.facts.did,
          startedAt: session.startedAt,
          answeredAt: session.facts.answeredAt,
          endedAt,
          durationSeconds: session.outcome!.durationSeconds,
          recordingId: session.facts.recordingId,
          deadline,
          ...session.ledgerEntry(),
        }),
      ),
    );
    if (result === null) return;
    const attempts = Math.max(1, session.recording.attempts);
    session.recording =
      result.state === 'attached'
        ? { state: 'attached', bytes: result.bytes, attempts }
        : { state: result.state, reason: result.reason, attempts };
    this.noteSaved(result.saved, changes);
  }

  /** Hands events of another call under the same reused id to the inbox. */
  async passOnForeignEvents(): Promise<void> {
    for (let event = this.session.takeForeign(); event !== undefined; event = this.session.takeForeign()) {
      const start = event.startedAt ?? event.answeredAt ?? event.endedAt ?? event.at ?? event.receivedAt;
      const newCallId = `${this.session.ref.callId}~${Math.floor(Date.parse(start) / 1000)}`;
      const passOn = { ...this.session.ref, event, newCallId };
      await this.persistence.run((round) => storeStep('passOnEvent', this.limits, burstMs(round))(passOn));
    }
  }

  /** The last act: nothing unread, nothing unsaved. */
  async close(): Promise<CallView> {
    const { session } = this;
    session.decided = true;
    await this.passOnForeignEvents();
    this.show();
    if (!this.saved || this.savedChanges !== session.changes)
      await this.persistence.run((round) =>
        storeStep(
          'saveCall',
          this.limits,
          burstMs(round),
        )({
          ...session.ref,
          ...session.ledgerEntry(),
          closed: true,
        }),
      );
    return session.view();
  }

  private noteSaved(saved: boolean, changes: number): void {
    this.saved = saved;
    if (saved) this.savedChanges = changes;
  }

  /** Lists show the waiting call at once; if the ledger is away, the next change brings it. */
  private async saveInPassing(): Promise<void> {
    const { session } = this;
    try {
      await storeStep(
        'saveCall',
        this.limits,
        0,
      )({ ...session.ref, ...session.ledgerEntry(), closed: false });
    } catch (error) {
      if (isCancellation(error)) throw error;
    }
  }

  /** Brings search attributes and current details up to date; costs nothing when nothing changed. */
  private show(): void {
    const view = this.session.view();
    setCurrentDetails(describeCall(view));
    const extension = isInternalNumber(view.extension) ? view.extension : null;
    const attributes = JSON.stringify([view.state, view.recording.state, view.bitrix24CallId, extension]);
    const first = this.shownAttributes === '';
    if (attributes === this.shownAttributes) return;
    this.shownAttributes = attributes;
    // The start carried the first values already.
    if (first) return;
    upsertSearchAttributes([
      { key: callSearchAttributes.state, value: view.state },
      { key: callSearchAttributes.recording, value: view.recording.state },
      { key: callSearchAttributes.bitrix24CallId, value: view.bitrix24CallId },
      { key: callSearchAttributes.extension, value: extension },
    ]);
  }
}
