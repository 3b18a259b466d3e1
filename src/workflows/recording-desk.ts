import { workflowInfo } from '@temporalio/workflow';
import { personsWhoTalked } from '../domain/call-decisions';
import type { CallSession } from './call-session';
import type { Persistence } from './persistence';
import { recordingStep } from './steps';
import type { StepLimits } from './steps';

const hourMs = 3_600_000;

/**
 * Waits for the recording of a finished call; taken up at once when one is announced or somebody asks for it.
 *
 * @returns whether the step wrote the ledger too; null: given up.
 */
export async function waitForRecording(
  session: CallSession,
  persistence: Persistence,
  limits: StepLimits,
): Promise<boolean | null> {
  const { facts } = session;
  const waitMs = session.resolved!.rules.recordingDeadlineHours * hourMs;
  const scaledMs = Math.max(1, Math.round(waitMs / limits.timeScale));
  const deadline = new Date(Date.now() + scaledMs).toISOString();
  const attach = recordingStep(limits, waitMs);
  // A run that was taken up again, or reset by an operator, goes on where another one may have uploaded.
  const { runId, firstExecutionRunId } = workflowInfo();
  let runs = session.resumed === null && runId === firstExecutionRunId ? 0 : 1;
  const result = await persistence.run(() =>
    persistence.untilTold(() =>
      attach({
        ...session.ref,
        ...(session.ordered && { ordered: true }),
        bitrix24CallId: session.bitrix24CallId!,
        direction: session.direction,
        extensions: personsWhoTalked(facts, session.resolutions),
        callerNumber: facts.callerNumber ?? '',
        did: facts.did,
        startedAt: session.startedAt,
        answeredAt: facts.answeredAt,
        endedAt: facts.endedAt ?? facts.endHeardAt ?? session.startedAt,
        durationSeconds: session.outcome!.durationSeconds,
        recordingId: session.facts.recordingId,
        deadline,
        ...(runs++ === 0 && { first: true }),
        ...session.ledgerEntry(),
      }),
    ),
  );
  if (result === null) {
    const reason = session.cancelled ? 'cancelled' : (session.recording.reason ?? 'given-up');
    session.recording = { ...session.recording, state: 'unavailable', reason };
    return null;
  }
  const attempts = result.attempts ?? Math.max(1, session.recording.attempts);
  session.recording =
    result.state === 'attached'
      ? { state: 'attached', bytes: result.bytes, attempts }
      : { state: result.state, reason: result.reason, attempts };
  return result.saved;
}
