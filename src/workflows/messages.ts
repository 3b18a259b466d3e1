import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { CallEvent } from '../domain/call-event';
import type { CallView } from '../domain/call-view';

/** Constants of a call; every fact rides in the signal, because the arguments of a second start are ignored. */
export interface CallInput {
  connection: string;
  callId: string;
  workflowId: string;
  /** Tests only: divides the workflow's own timers. */
  timeScale?: number;
  /** An earlier run of this call was gone before it was done; the ledger knows how far it came. */
  resumed?: true;
}

/** One event of this call, from whatever source. */
export const callEventSignal = defineSignal<[CallEvent]>('callEvent');

/** Takes up at once whatever failed or waits. */
export const retryCallSignal = defineSignal('retryCall');

/** The call as the admin API shows it. */
export const callStateQuery = defineQuery<CallView>('callState');

/** What a run of the workflow `reconcile` is started with. */
export interface ReconcileWorkflowInput {
  connection: string;
  /** Somebody asked for it, apart from the schedule. */
  ordered: boolean;
  /** Tests only: divides the pauses between attempts. */
  timeScale?: number;
}
