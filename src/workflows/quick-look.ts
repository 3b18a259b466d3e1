import { isCancellation, proxyActivities } from '@temporalio/workflow';
import { namedExtensions } from '../domain/call-decisions';
import { missingFacts } from '../domain/missing-facts';
import type { QuickLookActivities } from '../domain/reconcile-steps';
import type { CallSession } from './call-session';

/**
 * One look; a PBX that is just busy is asked again. The call is over, so nobody waits for a card. The wait for a worker does
 * not count: the next step would wait for one as well, and what is not known by then is written wrong for good.
 */
const lookMs = 3_000;
const looks = 3;

/**
 * Asks the call log, shortly, for what no event told: dialled number, persons, outside number. A call that has
 * it all is not delayed; a look that fails is no failure.
 */
export async function takeQuickLook(session: CallSession): Promise<void> {
  const { facts, ref, direction } = session;
  const missing = missingFacts(facts);
  if (missing.length === 0 || direction === 'internal') return;
  const { askCallLog } = proxyActivities<QuickLookActivities>({
    startToCloseTimeout: lookMs,
    retry: { initialInterval: 500, backoffCoefficient: 2, maximumAttempts: looks },
    summary: 'Ask the call log of 3CX for what was not told',
    priority: { priorityKey: 2 },
  });
  try {
    const event = await askCallLog({
      ...ref,
      direction,
      callerNumber: facts.callerNumber,
      extensions: namedExtensions(facts),
      startedAt: session.startedAt,
      missing,
    });
    if (event !== null) session.receive(event);
  } catch (error) {
    if (isCancellation(error)) throw error;
  }
}
