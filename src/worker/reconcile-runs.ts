import type { Client } from '@temporalio/client';
import { WorkflowFailedError } from '@temporalio/client';
import type { Reconciler } from '../api/reconciler';
import type { reconcile } from '../workflows';
import {
  dropReconcileSchedule,
  keepReconcileSchedule,
  reconcileIdFor,
  reconcileStart,
} from './reconcile-schedule';
import type { ScheduleTarget } from './reconcile-schedule';

const startMs = 5_000;

/** The looks at the call log, as the API orders them. */
export function createReconciler(target: ScheduleTarget): Reconciler {
  const { client } = target;
  return {
    keep: (connection) => keepReconcileSchedule(target, connection),
    drop: (connection) => dropReconcileSchedule(client, connection),
    async run(connection, waitMs) {
      const handle = await client.withDeadline(Date.now() + startMs, () =>
        client.workflow.start<typeof reconcile>('reconcile', {
          ...reconcileStart(target, connection, true),
          // Two who ask at once get the same look.
          workflowIdConflictPolicy: 'USE_EXISTING',
        }),
      );
      const workflowId = reconcileIdFor(connection);
      const result = await withinTime(client, waitMs, () => handle.result());
      return result === null ? { workflowId } : { workflowId, outcome: result };
    },
  };
}

/** Null: not done in time. A run that failed is left to be looked at in Temporal's UI. */
async function withinTime<T>(client: Client, waitMs: number, work: () => Promise<T>): Promise<T | null> {
  const late = AbortSignal.timeout(waitMs);
  try {
    return await client.withAbortSignal(late, work);
  } catch (error) {
    if (late.aborted || error instanceof WorkflowFailedError) return null;
    throw error;
  }
}
