import { CancellationScope, condition, isCancellation, log } from '@temporalio/workflow';
import { describeFailure, nextTryInMs } from './attention';
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
  constructor(
    private readonly session: CallSession,
    private readonly hooks: PersistenceHooks,
  ) {}

  /**
   * Runs a step until it succeeds. A failed burst puts the call into `attention`, where it waits: for the next try if
   * trying can help, for a person in any case. Null: `attentionDays` are over and the call is given up, in the open.
   *
   * @param step makes one burst of attempts; rounds are counted so that bursts can grow.
   */
  async run<T>(step: (round: number) => Promise<T>): Promise<T | null> {
    const { session } = this;
    const sinceMs = Date.now();
    const giveUpMs = sinceMs + this.hooks.scaled((session.resolved?.rules.attentionDays ?? 30) * dayMs);
    const before = { state: session.state, attention: session.attention };
    for (let round = 0; ; round++) {
      try {
        const result = await step(round);
        if (round > 0) {
          session.state = before.state;
          session.attention = before.attention;
          this.hooks.mended();
        }
        return result;
      } catch (error) {
        if (isCancellation(error)) throw error;
        const failure = describeFailure(error);
        const { retries } = session;
        const leftMs = giveUpMs - Date.now();
        const waitMs = nextTryInMs(failure.type, round);
        const nextMs =
          waitMs === null || this.hooks.scaled(waitMs) >= leftMs ? null : this.hooks.scaled(waitMs);
        session.state = 'attention';
        session.attention = {
          reason: failure.reason,
          mend: failure.mend,
          since: new Date(sinceMs).toISOString(),
          ...(nextMs === null ? {} : { nextAttemptAt: new Date(Date.now() + nextMs).toISOString() }),
        };
        log.warn('The call waits for attention', { callId: session.ref.callId, reason: failure.reason });
        await this.hooks.changed();
        if (leftMs <= 0) return null;
        const ordered = await condition(() => session.retries !== retries, nextMs ?? leftMs, {
          summary: `Waiting: ${failure.reason}`,
        });
        if (!ordered && nextMs === null) return null;
      }
    }
  }

  /** Starts a waiting step anew when a recording is announced or a retry is ordered while it pauses between attempts. */
  async untilTold<T>(step: () => Promise<T>): Promise<T> {
    const { session } = this;
    for (;;) {
      const { retries } = session;
      const { recordingId } = session.facts;
      const scope = new CancellationScope();
      let outcome: { value: T } | { error: unknown } | undefined;
      const running = scope.run(step).then(
        (value) => (outcome = { value }),
        (error: unknown) => (outcome = { error }),
      );
      await condition(
        () =>
          outcome !== undefined || session.retries !== retries || session.facts.recordingId !== recordingId,
      );
      if (outcome === undefined) scope.cancel();
      const last = await running;
      if ('value' in last) return last.value;
      if (!isCancellation(last.error)) throw last.error;
      // Cancelled from outside ends the call; cancelled by us means: begin anew, now.
      if (!scope.consideredCancelled || CancellationScope.current().consideredCancelled) throw last.error;
    }
  }
}
