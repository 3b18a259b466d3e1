import { Context } from '@temporalio/activity';
import { notYet } from './failures';

/**
 * Asks Temporal whether this attempt is still the one that counts.
 *
 * @throws ApplicationFailure `NotYet` when another one may have taken over, or Temporal cannot be asked.
 */
export async function requireCurrentAttempt(): Promise<void> {
  const { info } = Context.current();
  const { namespace, workflowExecution: execution, activityId, attempt } = info;
  let cause: unknown;
  try {
    const { workflowService } = Context.current().client;
    const { pendingActivities } = await workflowService.describeWorkflowExecution({ namespace, execution });
    if (pendingActivities?.some((one) => one.activityId === activityId && one.attempt === attempt)) return;
  } catch (error) {
    cause = error;
  }
  const mend = 'Nothing to do: the worker was stopped for a while, and another attempt may have taken over.';
  throw notYet({ reason: 'attempt-too-late', mend }, { cause });
}
