import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { PeerError } from '../domain/peer-error';
import { toFailure } from './failures';

type Kept<T> = Partial<T> & {
  /** No attempt up to this one has sent a write that may have been executed. */
  cleanThrough?: number;
};

/**
 * What the attempts of one step tell each other through heartbeat details: decisions that a repeat must not make anew, and
 * the proof that nothing was written so far. Without that proof (a worker died, a burst of attempts before this one)
 * a repeat has to look before it writes.
 */
export class AttemptMemory<T extends object> {
  /** Something that an earlier attempt wrote may have been executed. */
  readonly earlierMayHaveWritten: boolean;
  /** This attempt has sent a write. */
  wrote = false;
  /** When this attempt had sent a write whose outcome is unknown, at the latest, Unix milliseconds; null: it sent none. */
  lastUncertainMs: number | null = null;
  private kept: Kept<T>;

  /** @param round bursts of attempts before this one; their memory is gone. */
  constructor(round: number) {
    const { attempt, heartbeatDetails } = Context.current().info;
    this.kept = isRecord(heartbeatDetails) ? (heartbeatDetails as Kept<T>) : {};
    this.earlierMayHaveWritten = round > 0 || (attempt > 1 && this.kept.cleanThrough !== attempt - 1);
  }

  /** What earlier attempts noted. */
  get recalled(): Partial<T> {
    return this.kept;
  }

  /** Keeps something for later attempts. */
  note(patch: Partial<T>): void {
    this.kept = { ...this.kept, ...patch };
    Context.current().heartbeat(this.kept);
  }

  /** Sends the write that must not be doubled. */
  async write<R>(send: () => Promise<R>): Promise<R> {
    this.wrote = true;
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof PeerError) || error.reaction === 'ambiguous') this.lastUncertainMs = Date.now();
      throw error;
    }
  }

  /**
   * Call when the attempt fails: tells the next attempt, and the workflow for the next burst, that they need not look first,
   * if that is proved.
   */
  failed(error: unknown): unknown {
    if (this.earlierMayHaveWritten || this.lastUncertainMs !== null) return error;
    this.kept = { ...this.kept, cleanThrough: Context.current().info.attempt };
    Context.current().heartbeat(this.kept);
    return withNothingWritten(toFailure(error));
  }
}

function withNothingWritten(failure: unknown): unknown {
  if (failure instanceof ApplicationFailure && isRecord(failure.details?.[0]))
    failure.details[0] = { ...failure.details[0], nothingWritten: true };
  return failure;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
