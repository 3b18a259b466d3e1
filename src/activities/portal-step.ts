import { Context } from '@temporalio/activity';
import type { RequestContext } from '../bitrix24/contract';
import type { CallRef } from '../domain/call-steps';
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
  const notAfterMs = Date.now() + Math.max(info.startToCloseTimeoutMs - endsEarlyMs, 500);
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
