import type { StandIns } from '../../simulators/demo/stand-ins';
import type { BenchBridge } from './bridge';
import { connection } from './bridge';
import type { PlayedCall } from './played-call';

/** What became of one call of the product. */
export interface CallRun {
  workflowId: string;
  /** From the sending of the first webhook until the portal had executed register, milliseconds. */
  registerDelayMs: number;
}

/**
 * Tells the product of one call, as it happens: the answer; the end, once the portal knows the call and `talkMs` have
 * passed. Resolves when the call is registered and its end told.
 */
export async function tellCall(
  bridge: BenchBridge,
  standIns: StandIns,
  call: PlayedCall,
  talkMs = 0,
): Promise<CallRun> {
  const startedMs = performance.now();
  const { workflowId } = await bridge.send('call-answered', call.answered);
  await registered(standIns, `${connection}/${call.callId}`);
  const registerDelayMs = performance.now() - startedMs;
  if (talkMs > 0) await new Promise((resolve) => setTimeout(resolve, talkMs));
  await bridge.send('call-ended', call.ended);
  return { workflowId, registerDelayMs };
}

/** Waits until the portal has a call open under this `EXTERNAL_CALL_ID`. */
export async function registered({ portal }: StandIns, externalCallId: string): Promise<void> {
  await portal.control.waitFor(
    ({ openCalls }) => openCalls.some((open) => open.externalCallId === externalCallId),
    120_000,
    'the call is registered',
  );
}

/** Waits until the call's workflow is over. @throws when its recording was not attached, at the first look unless told. */
export async function settled(bridge: BenchBridge, workflowId: string, mostLooks = 1): Promise<void> {
  const view = (await bridge.core.client.workflow.getHandle(workflowId).result()) as {
    state: string;
    recording: { state: string; attempts: number; reason?: string };
  };
  const { state, attempts, reason } = view.recording;
  if (view.state !== 'finished' || state !== 'attached' || attempts > mostLooks)
    throw new Error(`A call ended ${view.state}, its recording ${state} after ${attempts} looks, ${reason}`);
}
