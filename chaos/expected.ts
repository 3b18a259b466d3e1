import { createHash } from 'node:crypto';
import type { Delivery, ExpectedCall } from '../simulators/threecx/play-options';
import type { CallToFind } from './evidence';
import { connection, fallbackUserId, users } from './office';

const wavHeaderBytes = 44;
const statusCodes = { answered: '200', missed: '304', busy: '486', cancelled: '603-S' };

/** What else is known of a call. */
export interface CallContext {
  /** When a call without any fault began, Unix milliseconds; null: faults were on. */
  cleanFromMs: number | null;
  /** Whether its owner was dismissed before it was finished; false: he may have been back by then. */
  dismissed: boolean | undefined;
  /** Every event of the play, with the answer to it. */
  deliveries: readonly Delivery[];
  /** Whether the call log of the PBX has a row of a call, by its history id. */
  isLogged: (historyId: string) => boolean;
  /** Bytes of a recording. */
  readRecording: (id: number) => Buffer;
}

/** What the portal must show of a call, from what the PBX played. Null: nothing of it may be there. */
export function callToFind(
  call: ExpectedCall,
  { cleanFromMs, dismissed, deliveries, isLogged, readRecording }: CallContext,
): CallToFind | null {
  if (call.ignored || call.status === null) return null;
  const taken = deliveries.filter(
    ({ historyId, status }) => historyId === call.historyId && status >= 200 && status < 300,
  );
  const endTaken = taken.some(({ event }) => event === 'call-ended');
  const extension = call.extension ?? call.rang[0];
  const owner = (extension === undefined ? undefined : users[extension]) ?? fallbackUserId;
  return {
    callId: call.callId,
    externalCallId: `${connection}/${call.callId}`,
    scenario: call.scenario,
    userId: dismissed === true ? fallbackUserId : owner,
    ...(dismissed === false && { orUserId: fallbackUserId }),
    number: call.callerNumber,
    lineNumber: call.did,
    type: call.direction === 'outbound' ? 1 : 2,
    statusCode: statusCodes[call.status],
    ...(!endTaken && { orStatusCode: call.direction === 'outbound' ? '480' : '304' }),
    ...(!endTaken && !isLogged(call.historyId) && { untraceable: true }),
    durationSeconds: call.durationSeconds,
    startedAtMs: Math.floor(Date.parse(call.startedAt) / 1000) * 1000,
    recordingSha256:
      call.recordings.length === 0 ? null : soundSha256(call.recordings.map(({ id }) => readRecording(id))),
    cleanFromMs,
  };
}

/** SHA-256 of the sound of WAV files, one after the other: the same for the parts and for what they are joined to. */
export function soundSha256(files: readonly Buffer[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(file.subarray(wavHeaderBytes));
  return hash.digest('hex');
}
