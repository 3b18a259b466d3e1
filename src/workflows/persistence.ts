import { CancellationScope, condition, isCancellation, log } from '@temporalio/workflow';
import { describeFailure, nextTryInMs } from './attention';
import type { AttentionView } from '../domain/call-view';
import type { CallSession } from './call-session';

const dayMs = 86_400_000;

/** What the persistence of steps needs to know of its surroundings. */
export interface PersistenceHooks {
  /** Divides our own timers, for tests. */
  scaled(ms: number): number;
  /** The call went to attention, or its next try changed: show and save it. */
  changed(): Promise<void>;
  /** The call left attention. */
  mended(): void;
}

/** Runs steps until they succeed: nothing gives up in silence. */
export class Persistence {
  /** What the steps wait for that have failed; several may run side by side. The oldest is shown. */
  private readonly waiting = new Map<number, AttentionView>();
  private runs = 0;

  constructor(
    private readonly session: CallSession,
    private readonly hooks: PersistenceHooks,
  ) {}

  /**
   * Runs a step until it succeeds. A failed burst puts the call into `attention`, where it waits: for the next try if
   * trying can help, for a person in any case. Null: `attentionDays` are over, or an operator cancelled the workflow,
   * and the call is given up, in the open.
   *
   * @param step makes one burst of attempts; rounds are counted so that bursts can grow, and apart from them those that
   *   may have written something, so that a step knows whether it must look first.
   */
  async run<T>(step: (round: number, doubtfulRounds: number) => Promise<T>): Promise<T | null> {
    const { session } = this;
    const run = this.runs++;
    const sinceMs = Date.now();
    const giveUpMs = sinceMs + this.hooks.scaled((session.resolved?.rules.attentionDays ?? 30) * dayMs);
    let doubtfulRounds = 0;
    let ordered = false;
    for (let round = 0; ; round++) {
      session.ordered = ordered;
      try {
        const result = await step(round, doubtfulRounds);
        if (round > 0) {
          this.waiting.delete(run);
          this.showWaiting();
          this.hooks.mended();
        }
        return result;
      } catch (error) {
        if (isCancellation(error)) throw error;
        const failure = describeFailure(error);
        if (failure.nothingWritten !== true) doubtfulRounds++;
        const { retries } = session;
        const leftMs = giveUpMs - Date.now();
        const waitMs = nextTryInMs(failure.type, round);
        const nextMs =
          waitMs === null || this.hooks.scaled(waitMs) >= leftMs ? null : this.hooks.scaled(waitMs);
        if (session.recording.state === 'waiting')
          session.recording = { ...session.recording, reason: failure.reason };
        this.waiting.set(run, {
          reason: failure.reason,
          mend: failure.mend,
          since: new Date(sinceMs).toISOString(),
          ...(nextMs === null ? {} : { nextAttemptAt: new Date(Date.now() + nextMs).toISOString() }),
        });
        this.showWaiting();
        log.info('The call waits for attention', { callId: session.ref.callId, reason: failure.reason });
        await this.hooks.changed();
        if (leftMs <= 0 || session.cancelled) return null;
        ordered = await condition(() => session.retries !== retries || session.cancelled, nextMs ?? leftMs, {
          summary: `Waiting: ${failure.reason}`,
        });
        if (session.cancelled || (!ordered && nextMs === null)) return null;
      }
    }
  }

  /** A finished call stays finished, whatever its recording or an event that is handed on does. */
  private showWaiting(): void {
    const { session } = this;
    const [first = null] = this.waiting.values();
    session.attention = first;
    if (session.state !== 'finished') session.state = first === null ? 'open' : 'attention';
  }

  /**
   * Starts a waiting step anew when a recording is announced or a retry is ordered while it pauses between attempts.
   * Null: an operator cancelled the workflow, so nothing is waited for any more.
   */
  async untilTold<T>(step: () => Promise<T>): Promise<T | null> {
    const { session } = this;
    for (;;) {
      const { retries, announcements } = session;
      const scope = new CancellationScope();
      let outcome: { value: T } | { error: unknown } | undefined;
      const running = scope.run(step).then(
        (value) => (outcome = { value }),
        (error: unknown) => (outcome = { error }),
      );
      await condition(
        () =>
          outcome !== undefined ||
          session.cancelled ||
          session.retries !== retries ||
          session.announcements !== announcements,
      );
      if (outcome === undefined) scope.cancel();
      const last = await running;
      if ('value' in last) return last.value;
      // The server tries no more once a step is cancelled: what it was waiting for then comes as its failure.
      const interrupted = isCancellation(last.error) || describeFailure(last.error).type === 'NotYet';
      if (!scope.consideredCancelled || !interrupted) throw last.error;
      if (session.cancelled) return null;
      if (session.retries !== retries) session.ordered = true;
    }
  }
}
