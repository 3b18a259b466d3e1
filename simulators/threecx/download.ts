import { warning } from './odata-error';
import type { Pbx } from './pbx';
import type { Recording } from './pbx-state';
import { recordingFileName } from './xapi-recordings';
import { wavFile } from './wav';
import type { StreamedContent, WireAnswer } from './wire';

/** The bytes of a recording, the same each time. */
export function recordingContent(recording: Recording): StreamedContent {
  return wavFile(recording.id * 31 + recording.callid, recording.bytes);
}

/** Answers the bytes of a recording; a file that is not there (any more) is a 400, not a 404 (3cx.md 4.2). */
export function answerDownload(pbx: Pbx, id: number): WireAnswer {
  const now = pbx.clock.now();
  const recording = pbx.recording(id);
  if (recording === undefined || recording.deleted || recording.fileAt > now)
    throw warning('FILE_NOT_FOUND', 'RecordingUrl');
  return {
    status: 200,
    contentType: 'audio/x-wav',
    headers: {
      'content-disposition': `attachment; filename="${recordingFileName(recording)}"`,
    },
    body: recordingContent(recording),
    ...(!pbx.switches.downloadLengthDeclared && { transfer: { declaredBytes: null } }),
  };
}
