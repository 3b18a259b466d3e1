import type { Client } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import type { CallRuns } from '../activities/dependencies';
import { workflowIdFor } from '../domain/call-id';
import type { CallView } from '../domain/call-view';
import type { CallInput } from '../workflows/messages';
import { callEventSignal, callStateQuery } from '../workflows/messages';
import { startAttributes } from '../workflows/search-attributes';
import { dropReconcileSchedule } from './reconcile-schedule';

const askMs = 5_000;
const queryMs = 2_000;
const mostOpen = 2_000;

export interface CallRunsOptions {
  client: Client;
  taskQueue: string;
  /** Tests only: divides the timers of workflows that are started. */
  timeScale: number;
}

/** The workflows of calls, as the reconciliation sees them through Temporal's client. */
export function createCallRuns({ client, taskQueue, timeScale }: CallRunsOptions): CallRuns {
  const limited = <T>(limitMs: number, work: () => Promise<T>): Promise<T> =>
    client.withDeadline(Date.now() + limitMs, work);

  /** Null: it did not say, e.g. because it waits for its first workflow task. */
  const endTold = async (workflowId: string): Promise<boolean | null> => {
    try {
      const view = await limited(queryMs, () => client.workflow.getHandle(workflowId).query(callStateQuery));
      return tellsEnd(view);
    } catch {
      return null;
    }
  };

  return {
    async look(workflowId, askEnd) {
      try {
        const { status } = await limited(askMs, () => client.workflow.getHandle(workflowId).describe());
        const running = status.name === 'RUNNING';
        return { running, endTold: running && askEnd ? await endTold(workflowId) : null };
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return null;
        throw error;
      }
    },

    async open(connection) {
      const query = `WorkflowType = 'call' AND Connection = '${connection}' AND CallState = 'open' AND ExecutionStatus = 'Running'`;
      const prefix = workflowIdFor(connection, '');
      const calls: { callId: string; startedAtMs: number }[] = [];
      for await (const { workflowId, startTime } of client.workflow.list({ query })) {
        if (workflowId.startsWith(prefix))
          calls.push({ callId: workflowId.slice(prefix.length), startedAtMs: startTime.getTime() });
        if (calls.length >= mostOpen) break;
      }
      return calls;
    },

    async restart(ref, events) {
      const input: CallInput = { ...ref, resumed: true, ...(timeScale === 1 ? {} : { timeScale }) };
      try {
        for (const event of events)
          await limited(askMs, () =>
            client.workflow.signalWithStart('call', {
              workflowId: ref.workflowId,
              taskQueue,
              // One that ended in good order is never taken up again.
              workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
              args: [input],
              signal: callEventSignal,
              signalArgs: [event],
              typedSearchAttributes: startAttributes(ref.connection, event),
              staticSummary: `${event.direction ?? 'inbound'} call, taken up again`,
            }),
          );
        return true;
      } catch (error) {
        if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
        throw error;
      }
    },

    dropSchedule: (connection) => dropReconcileSchedule(client, connection),
  };
}

/** The codec hands on a marker for what it cannot decode. */
function tellsEnd(view: CallView): boolean | null {
  if (!Array.isArray(view.events)) return null;
  return view.events.some(({ event }) => event === 'call-ended' || event === 'call-report');
}
