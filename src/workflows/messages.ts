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
}

/** One event of this call, from whatever source. */
export const callEventSignal = defineSignal<[CallEvent]>('callEvent');

/** Takes up at once whatever failed or waits. */
export const retryCallSignal = defineSignal('retryCall');

/** The call as the admin API shows it. */
export const callStateQuery = defineQuery<CallView>('callState');
