import type { Client, ScheduleOptions, ScheduleUpdateOptions } from '@temporalio/client';
import { ScheduleAlreadyRunning, ScheduleNotFoundError, ScheduleOverlapPolicy } from '@temporalio/client';
import type { SearchAttributePair } from '@temporalio/common';
import { TypedSearchAttributes } from '@temporalio/common';
import type { Connection } from '../domain/connection';
import type { ReconcileWorkflowInput } from '../workflows/messages';
import { callSearchAttributes } from '../workflows/search-attributes';

const minuteMs = 60_000;
const longestJitterMs = minuteMs;
const askMs = 5_000;

export interface ScheduleTarget {
  client: Client;
  taskQueue: string;
  /** Tests only: divides the time between two looks. */
  timeScale: number;
}

/** The schedule of a connection, and the workflow of an ordered look. */
export function reconcileIdFor(connection: string): string {
  return `reconcile/${connection}`;
}

/** What every start of the workflow `reconcile` carries. */
export function reconcileStart(
  { taskQueue, timeScale }: ScheduleTarget,
  connection: string,
  ordered: boolean,
): {
  workflowId: string;
  taskQueue: string;
  args: [ReconcileWorkflowInput];
  typedSearchAttributes: TypedSearchAttributes;
  staticSummary: string;
} {
  const attribute: SearchAttributePair = { key: callSearchAttributes.connection, value: connection };
  return {
    workflowId: reconcileIdFor(connection),
    taskQueue,
    args: [{ connection, ordered, ...(timeScale === 1 ? {} : { timeScale }) }],
    typedSearchAttributes: new TypedSearchAttributes([attribute]),
    staticSummary: `Compare the call log of 3CX with the ledger: ${connection}`,
  };
}

/**
 * Makes the schedule of a connection, or brings it up to date. Creating is not idempotent (temporal.md 1.11), so one that
 * exists is updated; whether somebody paused it stays.
 */
export async function keepReconcileSchedule(
  target: ScheduleTarget,
  { id, rules }: Pick<Connection, 'id' | 'rules'>,
): Promise<void> {
  const { client, timeScale } = target;
  const everyMs = Math.max(1_000, Math.round((rules.reconcileMinutes * minuteMs) / timeScale));
  const wanted = {
    spec: {
      intervals: [{ every: everyMs }],
      // Many connections must not all ask at the full ten minutes.
      jitter: Math.min(longestJitterMs, Math.round(everyMs / 5)),
    },
    action: { type: 'startWorkflow', workflowType: 'reconcile', ...reconcileStart(target, id, false) },
    // Looks that were missed are not made up for: the next one reaches back far enough.
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: minuteMs },
  } satisfies Partial<ScheduleOptions>;
  const deadline = Date.now() + askMs;
  try {
    await client.withDeadline(deadline, () =>
      client.schedule.create({ scheduleId: reconcileIdFor(id), ...wanted }),
    );
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await client.withDeadline(deadline, () =>
      client.schedule
        .getHandle(reconcileIdFor(id))
        .update((known): ScheduleUpdateOptions => ({ ...wanted, state: known.state })),
    );
  }
}

/** Removes the schedule of a connection; one that is not there is as good as removed. */
export async function dropReconcileSchedule(client: Client, connection: string): Promise<void> {
  try {
    await client.withDeadline(Date.now() + askMs, () =>
      client.schedule.getHandle(reconcileIdFor(connection)).delete(),
    );
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}
