import type { Context } from '@temporalio/activity';

/**
 * Beats for an activity, and notices when this process slept longer than Temporal waits for a beat (a frozen container, a
 * suspended machine): another attempt may be at work by now, and this one must not write any more.
 */
export class Pulse {
  /** Aborts when the activity is cancelled, or after a sleep that was too long. */
  readonly signal: AbortSignal;
  private readonly late = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private lastBeatMs = Date.now();

  constructor(
    private readonly activity: Context,
    private readonly everyMs: number,
  ) {
    this.signal = AbortSignal.any([activity.cancellationSignal, this.late.signal]);
  }

  /** Beats until stopped. @param details what the next attempt reads. */
  start(details: () => unknown): void {
    this.timer = setInterval(() => {
      if (this.overslept) return;
      this.lastBeatMs = Date.now();
      this.activity.heartbeat(details());
    }, this.everyMs);
  }

  /** Whether Temporal must have taken this attempt for dead. */
  get overslept(): boolean {
    const { heartbeatTimeoutMs = 0 } = this.activity.info;
    if (heartbeatTimeoutMs > 0 && Date.now() - this.lastBeatMs > heartbeatTimeoutMs)
      this.late.abort(new Error('another attempt may be at work'));
    return this.late.signal.aborted;
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
