import type { RecordingInput, RecordingOutcome } from '../domain/call-steps';
import type { CallView, RecordingView } from '../domain/call-view';
import type { ActivityDependencies } from './dependencies';
import { saveView } from './save-view';

/** How far apart the ledger writes of two attempts are numbered; one attempt writes fewer. */
const writesPerAttempt = 16;

/** What the ledger shows of a recording while it is waited for. Best effort: it never fails the attempt. */
export class RecordingLedger {
  /** Looks so far, this one included, over all runs of the step. */
  attempts: number;
  /** What an earlier look, even one of an earlier run of the step, had found; null: this is the first look. */
  earlier: RecordingView | null = null;
  /** Size of what was about to be uploaded, by this look or an earlier one. */
  private bytes: number | undefined;
  private revision: number;

  constructor(
    private readonly deps: ActivityDependencies,
    private readonly input: RecordingInput,
    attempt: number,
  ) {
    this.attempts = attempt;
    this.revision = input.revision + attempt * writesPerAttempt;
  }

  /** Reads what was written by earlier looks. When the ledger cannot be read there may have been some. */
  async read(): Promise<void> {
    const { store, log } = this.deps;
    const { connection, callId } = this.input;
    try {
      const known = (await store.calls.get(connection, callId))?.recording;
      if (known === undefined || known.attempts === 0) return;
      this.earlier = known;
      this.bytes = known.bytes;
      this.attempts = Math.max(this.attempts, known.attempts + 1);
    } catch (err) {
      log.warn({ err, callId }, 'The ledger was not read before a recording was looked for');
      this.earlier = { state: 'waiting', attempts: this.attempts };
    }
  }

  async waiting(patch: { reason?: string; bytes?: number; nextAttemptAt?: string }): Promise<void> {
    const { reason = this.earlier?.reason, nextAttemptAt } = patch;
    const bytes = (this.bytes = patch.bytes ?? this.bytes);
    const recording: RecordingView = {
      state: 'waiting',
      attempts: this.attempts,
      ...(reason === undefined ? {} : { reason }),
      ...(bytes === undefined ? {} : { bytes }),
      ...(nextAttemptAt === undefined ? {} : { nextAttemptAt }),
    };
    await this.save(this.input.view, recording, false);
  }

  /** The last write of the step. @returns whether it was written. */
  async close(outcome: RecordingOutcome): Promise<boolean> {
    const { attention: _mended, ...view } = this.input.view;
    const recording: RecordingView =
      outcome.state === 'attached'
        ? { state: 'attached', bytes: outcome.bytes, attempts: this.attempts }
        : { state: outcome.state, reason: outcome.reason, attempts: this.attempts };
    return this.save({ ...view, state: 'finished' }, recording, true);
  }

  private save(view: CallView, recording: RecordingView, closed: boolean): Promise<boolean> {
    this.revision += 1;
    return saveView(this.deps, { ...this.input, view, revision: this.revision }, { recording }, { closed });
  }
}
