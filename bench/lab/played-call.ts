import { CallTeller } from '../../simulators/threecx';
import type { StandIns } from '../../simulators/demo/stand-ins';

const did = '74951234567';
const extension = '101';
let callers = 0;

/** A call that is over in the stand-in PBX, with its log row and recording there to be had, and the webhooks that tell it. */
export interface PlayedCall {
  callId: string;
  callerNumber: string;
  recordingId: number;
  startedAt: string;
  answeredAt: string;
  endedAt: string;
  durationSeconds: number;
  answered: object;
  ended: object;
}

/** @param options.bytes size of the recording. @param options.recorded false: the recording never appears. */
export async function playCall(
  { pbx }: StandIns,
  options: { talkS?: number; bytes?: number; recorded?: boolean } = {},
): Promise<PlayedCall> {
  const { talkS = 10, bytes, recorded = true } = options;
  callers += 1;
  const caller = String(79_200_000_000 + callers);
  const plan = new CallTeller({ caller, did })
    .ring(extension, 1)
    .answer(extension, 3)
    .end(3 + talkS);
  const delayMs = recorded ? 0 : Infinity;
  const { calls } = await pbx.control.play(
    { name: 'bench', calls: [{ plan, atS: 0 }] },
    { recordings: { callLogDelayMs: 0, recordingDelayMs: delayMs, fileDelayMs: 0, bytes } },
  );
  const call = calls[0]!;
  const { callId, callerNumber, startedAt, durationSeconds } = call;
  const told = { callId, extension, callerNumber, did, direction: 'inbound', startedAt };
  const answeredAt = call.answeredAt!;
  const endedAt = call.endedAt!;
  return {
    callId,
    callerNumber,
    recordingId: call.recordings[0]!.id,
    startedAt,
    answeredAt,
    endedAt,
    durationSeconds,
    answered: { ...told, answeredAt },
    ended: { ...told, answeredAt, endedAt, duration: durationSeconds, status: 'answered' },
  };
}

/** Forgets calls in both stand-ins, so that lists which grow slow down neither what is compared nor the stand-ins. */
export async function forgetCalls({ pbx, portal }: StandIns): Promise<void> {
  pbx.control.calls.length = 0;
  pbx.control.recordings.length = 0;
  await portal.control.reset();
}
