import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import type { AttemptMemory } from './attempt-memory';
import { notYet } from './failures';
import type { FinishMemory } from './open-call';

/** The portal cuts a request at 60 s (`bitrix24.md` section 1): after that it cannot be at work any more. */
const portalCutMs = 60_000;
const processId = randomUUID();

/**
 * The finish that an attempt before this one may have sent, which the portal may be at work on for as long as it gives a
 * request, whoever gave up waiting for its answer or died.
 */
export class EarlierFinish {
  private readonly attempt = Context.current().info.attempt;
  /**
   * When it was sent at the latest, by our clock. The attempt before this one tells with its failure; one that ended
   * without a word, or that was of an earlier burst, was over when this one began. Heartbeats would tell more, and each is an
   * Action that may be lost with its worker.
   */
  private readonly sentAtMs: number;

  /** @param timeScale divides the wait: stand-ins in tests cut sooner. */
  constructor(
    private readonly memory: AttemptMemory<FinishMemory>,
    private readonly timeScale: number,
  ) {
    const { lastSent } = memory.recalled;
    // By another worker's clock a time says nothing.
    const isKnown =
      lastSent?.through === this.attempt - 1 && (lastSent.by === processId || lastSent.atMs === 0);
    this.sentAtMs = Math.min(isKnown ? lastSent.atMs : Infinity, Date.now());
  }

  /** Two finishes at once both get through on the portal. @throws ApplicationFailure `NotYet` with the time to wait. */
  requireOver(): void {
    if (!this.memory.earlierMayHaveWritten) return;
    const leftMs = Math.ceil(this.sentAtMs + portalCutMs / this.timeScale - Date.now());
    if (leftMs <= 0) return;
    const mend = 'Nothing to do: an earlier finish whose answer was lost may still be at work.';
    throw notYet({ reason: 'finish-may-be-running', mend }, { delayMs: leftMs });
  }

  /** Call when the attempt fails: tells the next one when a finish was sent at the latest. */
  tellNext(): void {
    const { earlierMayHaveWritten, lastUncertainMs, wrote } = this.memory;
    if (!earlierMayHaveWritten && lastUncertainMs === null) return;
    // What was refused is not at work, and nothing was written before the earlier one was over.
    const atMs = lastUncertainMs ?? (wrote ? 0 : this.sentAtMs);
    this.memory.note({ lastSent: { atMs, through: this.attempt, by: processId } });
  }
}
