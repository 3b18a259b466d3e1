import type { Method } from './method';
import { isNamed, phpInt, phpString } from './php';
import type { Transcript } from './portal-state';
import { telephonyError } from './rest-error';

/** telephony.call.attachTranscription: each one makes a new transcript and points the row to it (reference section 5.7). */
export const attachTranscription: Method = {
  scopes: ['telephony'],
  run: (portal, { params }) => {
    const callId = phpString(params['CALL_ID']);
    if (callId === '') throw telephonyError('CALL_ID should be set');
    if (!Array.isArray(params['MESSAGES'])) throw telephonyError('MESSAGES should be an array');
    const messages = params['MESSAGES'].map(readMessage);
    const row = portal.state.statistics.findLast((one) => one.callId === callId);
    if (row === undefined) throw telephonyError(`Call ${callId} is not found. Is it finished?`);
    const transcript: Transcript = { id: portal.nextId('transcript'), callId, messages };
    portal.state.transcripts.push(transcript);
    row.transcriptId = transcript.id;
    portal.changes.notify();
    return { result: { TRANSCRIPT_ID: transcript.id } };
  },
};

function readMessage(value: unknown, index: number): Transcript['messages'][number] {
  const fields = isNamed(value) ? value : {};
  const message = {
    side: phpString(fields['SIDE']),
    startTime: phpInt(fields['START_TIME']),
    stopTime: phpInt(fields['STOP_TIME']),
    message: phpString(fields['MESSAGE']),
  };
  const refuse = (name: string, rule: string): never => {
    throw telephonyError(`MESSAGES[${index}][${name}] ${rule}`);
  };
  if (message.side !== 'User' && message.side !== 'Client') refuse('SIDE', 'should be either Client or User');
  if (message.startTime < 0) refuse('START_TIME', 'should be greater or equal to zero');
  if (message.stopTime < 1) refuse('STOP_TIME', 'should be greater than zero');
  if (message.message === '') refuse('MESSAGE', 'is empty');
  return message;
}
