import {
  ActivityFailure,
  isCancellation,
  log,
  proxyActivities,
  setCurrentDetails,
} from '@temporalio/workflow';
import type { ReconcileActivities, ReconcileOutcome } from '../domain/reconcile-steps';
import type { ReconcileWorkflowInput } from './messages';

/**
 * One look at 3CX's call log: compares it with the ledger and mends what is missing. Runs by schedule, and whenever
 * somebody orders it. Nothing hangs on one run: each looks back far enough to find again what an earlier one left.
 *
 * When the connection wants it and the time has come, the extensions are then taken over from the portal's users.
 */
export async function reconcile(input: ReconcileWorkflowInput): Promise<ReconcileOutcome> {
  const scaled = (ms: number): number => Math.max(1, Math.round(ms / (input.timeScale ?? 1)));
  const { reconcileCalls } = proxyActivities<ReconcileActivities>({
    startToCloseTimeout: '15 minutes',
    heartbeatTimeout: '1 minute',
    retry: { initialInterval: scaled(2_000), backoffCoefficient: 2, maximumAttempts: 5 },
    summary: 'Compare the call log of 3CX with the ledger',
    priority: { priorityKey: 4 },
  });
  setCurrentDetails('Compares the call log of 3CX with the ledger.');
  const { extensionsDue, ...outcome } = await reconcileCalls({
    connection: input.connection,
    ordered: input.ordered,
  });
  setCurrentDetails(describeOutcome(outcome));
  if (extensionsDue === true) await syncExtensions(input.connection, scaled);
  return outcome;
}

/** A portal that does not answer is no reason to fail: the next run tries again. */
async function syncExtensions(connection: string, scaled: (ms: number) => number): Promise<void> {
  const steps = proxyActivities<ReconcileActivities>({
    startToCloseTimeout: '10 minutes',
    heartbeatTimeout: '1 minute',
    retry: { initialInterval: scaled(10_000), backoffCoefficient: 2, maximumAttempts: 3 },
    summary: 'Take over extensions from the users of Bitrix24',
    priority: { priorityKey: 5 },
  });
  try {
    await steps.syncExtensions({ connection });
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    log.warn('The extensions were not taken over from Bitrix24', { connection });
  }
}

/** The outcome in plain words; counts and reasons only. */
function describeOutcome({ healed, notHealed, lookedAt, from, to }: ReconcileOutcome): string {
  const lines = [`Looked at ${lookedAt} calls from ${from} to ${to}. Mended: ${healed.length}.`];
  const reasons = new Map<string, number>();
  for (const { reason } of notHealed) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  for (const [reason, count] of reasons) lines.push(`Not mended: ${count} (${reason}).`);
  const mends = notHealed.filter(({ callId }) => callId === undefined).map(({ mend }) => mend);
  return [...lines, ...mends.filter((mend) => mend !== undefined)].join('\n\n');
}
