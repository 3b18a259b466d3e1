import type { RecordingQuery, ThreecxContext } from './contract';
import type { Finding, Looking } from './finder';
import { nothing, recordingById } from './finder';
import { callInterval } from './match-call';
import type { PbxClient } from './pbx-client';
import { pbxInstantMs } from './pbx-instant';
import { readRecording } from './recording-list';

/** An announced recording that lies further from its call than this was announced by mistake. */
const farMs = 900_000;

/** Looks for the recording that `recording-ready` named; an id that is no number of the XAPI is not looked for. */
export async function findAnnounced(
  pbx: PbxClient,
  context: ThreecxContext,
  query: RecordingQuery,
  { clocks, prefix, others }: Looking,
): Promise<Finding | null> {
  const id = announcedId(query);
  if (id === null || others.has(id)) return null;
  const row = await readRecording(pbx, context, id);
  if (row === null) return nothing('row-missing');
  const startMs = pbxInstantMs(row.StartTime);
  const { fromMs, toMs } = callInterval(query);
  const wideMs = farMs + Math.abs(clocks.skewMs);
  if (startMs !== null && (startMs < fromMs - wideMs || startMs > toMs + wideMs)) return null;
  return { state: 'found', recordings: [recordingById(id, startMs, prefix)] };
}

/** The announced id as the XAPI's int32, or null. */
export function announcedId({ recordingId }: RecordingQuery): number | null {
  const id = recordingId !== null && /^[0-9]{1,10}$/.test(recordingId) ? Number(recordingId) : 0;
  return id > 0 && id <= 0x7fff_ffff ? id : null;
}
