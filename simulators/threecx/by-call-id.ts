import { answerDownload } from './download';
import type { Pbx } from './pbx';
import { Refusal } from './pbx-request';
import type { PbxRequest } from './pbx-request';
import type { Recording } from './pbx-state';
import { netInstant } from './pbx-time';
import { emptyAnswer, jsonAnswer } from './wire';
import type { WireAnswer } from './wire';

/**
 * `GET /api/recordings?callId=`: what some installations put in front of their recordings (the public contract, section 5).
 * Nothing yet is an empty list. Digits are the integer callid, which a restart uses again: then both calls are listed.
 */
export function listByCallId(pbx: Pbx, request: PbxRequest): WireAnswer {
  if (!pbx.switches.recordingsByCallId) throw new Refusal(emptyAnswer(404), 'switched off');
  const asked = request.query.get('callId') ?? '';
  if (asked === '') throw new Refusal(jsonAnswer(400, { error: 'callId is required' }), 'callId');
  const now = pbx.clock.now();
  const list = pbx.recordings
    .filter((recording) => recording.rowAt <= now && belongsTo(recording, asked))
    .map((recording) => ({
      id: recording.id,
      callId: /^\d+$/.test(asked) ? String(recording.callid) : recording.mainHistoryId,
      url: address(pbx, recording),
      startTime: netInstant(recording.startedAt),
      endTime: netInstant(recording.endedAt),
      extension: recording.extension,
    }));
  return jsonAnswer(200, pbx.switches.byCallIdShape === 'list' ? { list } : list);
}

/** `GET /api/recordings/{id}/audio`: the bytes. */
export function audioByCallId(pbx: Pbx, id: number): WireAnswer {
  if (!pbx.switches.recordingsByCallId) throw new Refusal(emptyAnswer(404), 'switched off');
  return answerDownload(pbx, id);
}

function belongsTo(recording: Recording, asked: string): boolean {
  // Talks among colleagues are not the client's call.
  if (recording.direction === 'internal') return false;
  if (/^\d+$/.test(asked)) return recording.callid === Number(asked);
  const id = asked.toLowerCase();
  return [recording.historyId, recording.mainHistoryId].some((one) => one.toLowerCase() === id);
}

function address(pbx: Pbx, recording: Recording): string {
  const path = `/api/recordings/${recording.id}/audio`;
  switch (pbx.switches.byCallIdAddress) {
    case 'path':
      return path;
    case 'relative':
      return `recordings/${recording.id}/audio`;
    case 'absolute':
      return `${pbx.origin}${path}`;
    case 'foreign':
      return `${pbx.switches.foreignOrigin}${path}`;
  }
}
