import type { Connection } from '@temporalio/client';
import { Client, WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import { grpc } from '@temporalio/proto';
import type { CallEvent } from '../domain/call-event';
import type { CallView } from '../domain/call-view';
import type { CallInput } from '../workflows/messages';
import { callEventSignal, callStateQuery, retryCallSignal } from '../workflows/messages';
import { isInternalNumber, startAttributes } from '../workflows/search-attributes';
import type { CallGateway } from './call-gateway';
import { TemporalUnreachable } from './call-gateway';
import { within } from './within';

/** How long an order to a call may take. */
const orderMs = 5_000;

const { ServingStatus } = grpc.health.v1.HealthCheckResponse;

export interface GatewayOptions {
  client: Client;
  taskQueue: string;
  /** Tests only: divides the timers of workflows that are started. */
  timeScale: number;
}

/** The workflows of calls, reached through Temporal's client. */
export function createTemporalGateway({ client, taskQueue, timeScale }: GatewayOptions): CallGateway {
  // A query of a workflow that is over would replay its history for what the ledger knows.
  const { namespace, dataConverter, identity } = client.options;
  const openOnly = new Client({
    connection: client.connection,
    namespace,
    dataConverter,
    identity,
    workflow: { queryRejectCondition: 'NOT_OPEN' },
  }).workflow;

  /**
   * The deadline ends gRPC calls, but the client's own retry may still sleep past it (`temporal.md` 1.18), so the time is
   * kept by us as well. A call that succeeds late does no harm: the workflow knows the delivery key.
   */
  const limited = <T>(limitMs: number, work: () => Promise<T>): Promise<T> =>
    within(limitMs, client.withDeadline(Date.now() + limitMs, work), 'Temporal');

  return {
    async deliver(ref, event, deadlineMs) {
      const input: CallInput = { ...ref, ...(timeScale === 1 ? {} : { timeScale }) };
      try {
        await limited(deadlineMs, () =>
          client.workflow.signalWithStart('call', {
            workflowId: ref.workflowId,
            taskQueue,
            workflowIdReusePolicy: 'REJECT_DUPLICATE',
            args: [input],
            signal: callEventSignal,
            signalArgs: [event],
            typedSearchAttributes: startAttributes(ref.connection, event),
            staticSummary: summaryOf(event),
          }),
        );
        return 'delivered';
      } catch (error) {
        if (error instanceof WorkflowExecutionAlreadyStartedError) return 'closed';
        throw unreachable(error);
      }
    },

    async view(workflowId, timeoutMs) {
      try {
        const view = await limited(timeoutMs, () => openOnly.getHandle(workflowId).query(callStateQuery));
        return isView(view) ? view : null;
      } catch {
        return null;
      }
    },

    async retry(workflowId) {
      try {
        await limited(orderMs, () => client.workflow.getHandle(workflowId).signal(retryCallSignal));
        return 'signalled';
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return 'closed';
        throw unreachable(error);
      }
    },

    async status(workflowId, timeoutMs) {
      try {
        const { status } = await limited(timeoutMs, () => client.workflow.getHandle(workflowId).describe());
        return status.name === 'RUNNING' ? 'open' : 'closed';
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return null;
        throw unreachable(error);
      }
    },

    async forget(workflowId) {
      try {
        const handle = client.workflow.getHandle(workflowId);
        const { status, runId } = await limited(orderMs, () => handle.describe());
        if (status.name === 'RUNNING') return 'open';
        const workflowExecution = { workflowId, runId };
        const { namespace } = client.options;
        await limited(orderMs, () =>
          client.workflowService.deleteWorkflowExecution({ namespace, workflowExecution }),
        );
        return 'forgotten';
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return 'unknown';
        throw unreachable(error);
      }
    },

    async isUp(timeoutMs) {
      try {
        const health = await limited(timeoutMs, () =>
          (client.connection as Connection).healthService.check({
            service: 'temporal.api.workflowservice.v1.WorkflowService',
          }),
        );
        return health.status === ServingStatus.SERVING;
      } catch {
        return false;
      }
    },
  };
}

/** One line in Temporal's list of calls. */
function summaryOf(event: CallEvent): string {
  const extension = isInternalNumber(event.extension) ? `, extension ${event.extension}` : '';
  return `${event.direction ?? 'inbound'} call${extension}`;
}

/** The codec hands on a marker for what it cannot decode. */
function isView(view: unknown): view is CallView {
  return typeof view === 'object' && view !== null && 'callId' in view;
}

/** The cause says which gRPC status it was; its text may quote the request, so it never becomes the message. */
function unreachable(cause: unknown): TemporalUnreachable {
  return new TemporalUnreachable('Temporal did not take the request', { cause });
}
