import type { CallEvent } from '../domain/call-event';
import type { CallRef } from '../domain/call-steps';
import type { CallView } from '../domain/call-view';

/** Temporal did not answer in time, or refused because it is overloaded; the event must be kept elsewhere. */
export class TemporalUnreachable extends Error {
  override readonly name = 'TemporalUnreachable';
}

/** The workflows of calls, as the API sees them. Implemented in `temporal-gateway.ts`. */
export interface CallGateway {
  /**
   * One `signalWithStart` with `REJECT_DUPLICATE`. `closed`: the workflow of this id is over.
   *
   * @param deadlineMs how long Temporal may take; the client's own retries are cut by it too.
   * @throws {TemporalUnreachable}
   */
  deliver(ref: CallRef, event: CallEvent, deadlineMs: number): Promise<'delivered' | 'closed'>;
  /** The live view by query, or null when the workflow is over, unknown, or nobody answers in time. */
  view(workflowId: string, timeoutMs: number): Promise<CallView | null>;
  /** Takes up at once whatever failed or waits. @throws {TemporalUnreachable} */
  retry(workflowId: string): Promise<'signalled' | 'closed'>;
  /** What Temporal knows of a workflow, with or without a worker. Null: nothing. @throws {TemporalUnreachable} */
  status(workflowId: string, timeoutMs: number): Promise<'open' | 'closed' | null>;
  /** Orders the history of a workflow that is over to be deleted, within a minute. @throws {TemporalUnreachable} */
  forget(workflowId: string): Promise<'forgotten' | 'open' | 'unknown'>;
  /** Whether the frontend answers within `timeoutMs`. Never throws. */
  isUp(timeoutMs: number): Promise<boolean>;
}
