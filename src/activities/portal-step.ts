import { Context } from '@temporalio/activity';
import type { RequestContext } from '../bitrix24/contract';
import type { CallRef } from '../domain/call-steps';
import { requireCurrentAttempt } from './current-attempt';
import type { ActivityDependencies } from './dependencies';
import { needsPerson, toFailure } from './failures';

/** So much earlier than Temporal an attempt considers itself over: the server's clock of the attempt started first. */
const endsEarlyMs = 2_000;

/**
 * Runs a step that asks Bitrix24, with all that its requests need: the connection, cancellation, and the instant after
 * which this attempt must not write any more because Temporal may have started the next one.
 */
export async function portalStep<T>(
  { store }: Pick<ActivityDependencies, 'store'>,
  input: CallRef,
  work: (context: RequestContext) => Promise<T>,
): Promise<T> {
  const { info, cancellationSignal, cancelled } = Context.current();
  const notAfterMs = await lastMomentMs();
  const stored = await store.connections.recent(input.connection);
  if (stored === null)
    throw needsPerson('connection-missing', 'Create the connection again, or leave the call to be given up.');
  try {
    return await work({
      connection: stored.value,
      callId: input.callId,
      attempt: info.attempt,
      signal: cancellationSignal,
      notAfterMs,
      ...(input.ordered === true && { onPurpose: true }),
    });
  } catch (error) {
    // Rejects with the reason of the cancellation.
    if (cancellationSignal.aborted) await cancelled;
    throw toFailure(error);
  }
}

/**
 * When this attempt ends, by our clock: at its own time-out, or before that at the end of all attempts of the step, at
 * which Temporal reports the step as failed whether an attempt runs or not.
 *
 * Both ends are told by Temporal's clock. An attempt that is over by ours belongs to a worker that was frozen before it read
 * its task, or our clock is ahead: Temporal is asked which, and where the attempt counts its times are taken instead of ours.
 */
async function lastMomentMs(): Promise<number> {
  const nowMs = Date.now();
  const { info } = Context.current();
  const { startToCloseTimeoutMs, currentAttemptScheduledTimestampMs: dueMs } = info;
  const lastEndMs = info.scheduledTimestampMs + info.scheduleToCloseTimeoutMs;
  if (nowMs >= Math.min(dueMs + startToCloseTimeoutMs, lastEndMs)) await requireCurrentAttempt();
  const leftMs = lastEndMs - (nowMs < lastEndMs ? Math.max(nowMs, dueMs) : dueMs);
  return nowMs + Math.min(Math.max(startToCloseTimeoutMs - endsEarlyMs, 500), leftMs - endsEarlyMs);
}
