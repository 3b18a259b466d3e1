import { CancellationScope, condition, isCancellation, sleep, workflowInfo } from '@temporalio/workflow';
import type { CallView } from '../domain/call-view';
import { burstMs } from './attention';
import { CallBoard } from './call-board';
import { CardDesk } from './card-desk';
import type { CallSession } from './call-session';
import type { CallInput } from './messages';
import { fallbackUserId, opensCard, recordingAfterFinish, registerParameters } from './register-parameters';
import { LookUpDesk } from './look-up-desk';
import { passOnForeign, passOnWith } from './pass-on';
import { Persistence } from './persistence';
import { takeQuickLook } from './quick-look';
import { waitForRecording } from './recording-desk';
import { bitrix24Step, storeStep } from './steps';
import type { StepLimits } from './steps';

const hourMs = 3_600_000;

/** Carries out the steps of one call and keeps what operators see of it up to date. */
export class CallDesk {
  private readonly timeScale: number;
  private readonly cards: CardDesk;
  private readonly persistence: Persistence;
  private readonly passOn;
  /** Who and where; asked before anything is written. */
  readonly lookUp: LookUpDesk;
  private saved = false;
  /** `session.changes` at the last ledger write that is known to have succeeded. */
  private savedChanges = -1;
  private readonly board = new CallBoard();
  private passing: Promise<void> = Promise.resolve();
  private closing = false;

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
    this.passOn = passOnWith(session, this.persistence, () => this.limits);
    this.lookUp = new LookUpDesk(session, input, {
      persistence: this.persistence,
      passOn: this.passOn,
      limits: () => this.limits,
    });
    this.show();
  }

  /** Divides our own timers, for tests. */
  scaled(ms: number): number {
    return Math.max(1, Math.round(ms / this.timeScale));
  }

  /** What an earlier run sent may have been executed: one that was taken up again, or reset by an operator. */
  private get earlierRounds(): number {
    const { runId, firstExecutionRunId } = workflowInfo();
    return this.session.resumed === null && runId === firstExecutionRunId ? 0 : 1;
  }

  private get limits(): StepLimits {
    return {
      httpTimeoutMs: this.session.resolved?.httpTimeoutMs ?? 65_000,
      timeScale: this.timeScale,
      taskQueue: workflowInfo().taskQueue,
    };
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
    const registering = this.persistence.run((round, doubtfulRounds) =>
      bitrix24Step(
        'registerCall',
        this.limits,
        burstMs(round),
      )({
        ...session.ref,
        ...(session.ordered && { ordered: true }),
        round: doubtfulRounds + this.earlierRounds,
        ...(this.earlierRounds > 0 && { earlierRun: true }),
        parameters: { ...session.register!, show: session.register!.show && opensCard(session) },
        fallbackUserId: fallbackUserId(session),
        ...session.ledgerEntry(),
      }),
    );
    this.lookUp.claimDuring(registering);
    const result = await registering;
    if (result === null) return false;
    session.bitrix24CallId = result.bitrix24CallId;
    session.userId = result.userId;
    result.marks.forEach((mark) => session.mark(mark));
    this.noteSaved(result.saved, changes);
    if (session.register.show) this.cards.opened(session.registeredExtension, session.userId);
    this.show();
    return true;
  }

  /** Facts that no event told, when the call log of the PBX may know them. */
  async askCallLog(): Promise<void> {
    if (this.session.resolved?.callLog === true) await takeQuickLook(this.session, (ms) => this.scaled(ms));
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
    // A call that an earlier run registered: needed should the portal have lost it.
    session.register ??= registerParameters(session, false);
    const result = await this.persistence.run((round, doubtfulRounds) =>
      bitrix24Step(
        'finishCall',
        this.limits,
        burstMs(round),
      )({
        ...session.ref,
        ...(session.ordered && { ordered: true }),
        round: doubtfulRounds + this.earlierRounds,
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

  /** Waits for the recording, if there can be one. */
  async attachRecording(): Promise<void> {
    const { session } = this;
    if (session.recording.state !== 'waiting') return;
    const { changes } = session;
    const saved = await waitForRecording(session, this.persistence, this.limits);
    if (saved !== null) this.noteSaved(saved, changes);
  }

  /** Hands a later call under the same reused id its events at once, whatever this one still waits for. */
  async passOnAsTheyCome(): Promise<void> {
    while (!this.closing) {
      await condition(() => this.closing || this.session.hasForeign);
      await this.passOnForeignEvents();
    }
  }

  /** Hands events of another call under the same reused id to the inbox, one after the other. */
  private passOnForeignEvents(): Promise<void> {
    this.passing = this.passing.then(() => passOnForeign(this.session, this.passOn));
    return this.passing;
  }

  /** The last act: nothing unread, nothing unsaved. */
  async close(): Promise<CallView> {
    const { session } = this;
    session.decided = true;
    this.closing = true;
    // A signal may arrive during each of these steps; none is left unread or unsaved.
    do {
      await this.passOnForeignEvents();
      await this.lookUp.handOverWhatIsTold();
      this.show();
      if (this.lookUp.rowIsAnothers || (this.saved && this.savedChanges === session.changes)) break;
      const { changes } = session;
      const done = await this.persistence.run((round) =>
        storeStep(
          'saveCall',
          this.limits,
          burstMs(round),
        )({
          ...session.ref,
          ...session.ledgerEntry(),
          closed: true,
        }).then(() => true),
      );
      if (done === null) break;
      this.noteSaved(true, changes);
    } while (this.savedChanges !== session.changes);
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

  /** Brings what operators see up to date. */
  private show(): void {
    this.board.show(this.session.view());
  }
}
