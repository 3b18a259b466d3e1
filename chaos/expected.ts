import { createHash } from 'node:crypto';
import type { ExpectedCall } from '../simulators/threecx/play-options';
import type { CallToFind } from './evidence';
import { connection, users } from './lab';

const fallbackUserId = 1;
const wavHeaderBytes = 44;
const statusCodes = { answered: '200', missed: '304', busy: '486', cancelled: '603-S' };

/** What the portal must show of a call, from what the PBX played. Null: nothing of it may be there. */
export function callToFind(
  call: ExpectedCall,
  cleanFromMs: number | null,
  readRecording: (id: number) => Buffer,
): CallToFind | null {
  if (call.ignored || call.status === null) return null;
  const owner = call.extension ?? call.rang[0];
  return {
    callId: call.callId,
    externalCallId: `${connection}/${call.callId}`,
    scenario: call.scenario,
    userId: (owner === undefined ? undefined : users[owner]) ?? fallbackUserId,
    number: call.callerNumber,
    lineNumber: call.did,
    type: call.direction === 'outbound' ? 1 : 2,
    statusCode: statusCodes[call.status],
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
