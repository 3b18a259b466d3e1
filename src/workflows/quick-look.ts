import { condition, isCancellation, patched, proxyActivities } from '@temporalio/workflow';
import { namedExtensions } from '../domain/call-decisions';
import type { CallEvent } from '../domain/call-event';
import { missingFacts } from '../domain/missing-facts';
import type { QuickLookActivities } from '../domain/reconcile-steps';
import { notListedYet } from '../domain/reconcile-steps';
import { describeFailure } from './attention';
import type { CallSession } from './call-session';

/**
 * One look; a PBX that is just busy is asked again. The call is over, so nobody waits for a card. The wait for a worker does
 * not count: the next step would wait for one as well, and what is not known by then is written wrong for good.
 */
const lookMs = 3_000;
const lookForPersonMs = 10_000;
const looks = 3;

/**
 * When to look again for a call that nobody is named in: a log lists a call seconds after its end, now and then later; and
 * when a PBX does not answer, whose call it was is worth some minutes, for it cannot be put right afterwards.
 */
const holds = {
  'not-listed': {
    pausesMs: [3_000, 8_000],
    summary: 'Nobody told whose call it was, and 3CX does not list it yet: wait to ask again',
  },
  'no-answer': {
    pausesMs: [10_000, 30_000, 60_000, 120_000],
    summary: 'Nobody told whose call it was, and 3CX does not answer: wait to ask again',
  },
};

/**
 * Asks the call log, shortly, for what no event told: dialled number, persons, outside number. A call that has
 * it all is not delayed; one of which nobody knows the person is, while the log cannot tell. A look that fails is no failure.
 *
 * @param scaled divides our own timers, for tests.
 */
export async function takeQuickLook(session: CallSession, scaled: (ms: number) => number): Promise<void> {
  const held = { 'not-listed': 0, 'no-answer': 0 };
  for (;;) {
    const told = await look(session);
    if (told === null) return;
    if (typeof told === 'object') return session.receive(told);
    if (!isPersonMissing(session) || !patched('look-again-for-the-person')) return;
    const { pausesMs, summary } = holds[told];
    const pauseMs = pausesMs[held[told]++];
    if (pauseMs === undefined) return;
    await condition(() => session.cancelled || !isPersonMissing(session), scaled(pauseMs), { summary });
  }
}

/** Null: nothing is missing, or the log does not know more. */
async function look(session: CallSession): Promise<CallEvent | null | keyof typeof holds> {
  const { facts, ref, direction } = session;
  const missing = missingFacts(facts);
  if (missing.length === 0 || direction === 'internal' || session.cancelled) return null;
  const { askCallLog } = proxyActivities<QuickLookActivities>({
    startToCloseTimeout: missing.includes('extension') ? lookForPersonMs : lookMs,
    retry: { initialInterval: 500, backoffCoefficient: 2, maximumAttempts: looks },
    summary: 'Ask the call log of 3CX for what was not told',
    priority: { priorityKey: 2 },
  });
  try {
    return await askCallLog({
      ...ref,
      direction,
      callerNumber: facts.callerNumber,
      extensions: namedExtensions(facts),
      startedAt: session.startedAt,
      missing,
    });
  } catch (error) {
    if (isCancellation(error)) throw error;
    return describeFailure(error).reason === notListedYet ? 'not-listed' : 'no-answer';
  }
}

function isPersonMissing({ facts }: CallSession): boolean {
  return missingFacts(facts).includes('extension');
}
