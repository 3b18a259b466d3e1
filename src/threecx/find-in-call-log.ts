import { isInternalLeg, recordingIdsOf } from './call-log';
import type { RecordingQuery } from './contract';
import type { Finding, Looking } from './finder';
import { idAtPbx, nothing, recordingById } from './finder';
import { isHistoryId } from '../domain/history-id';
import { durationSeconds } from './iso-duration';
import type { Candidate } from './match-call';
import { pickCandidates, told } from './match-call';
import { pbxInstantMs } from './pbx-instant';
import type { CallLogData } from './xapi-rows';

interface Leg extends Candidate {
  row: CallLogData;
}

/**
 * Looks for the call's legs in the call log: by history id where both sides have one, which is exact; else by number,
 * extension and time (builds before 20.0.6, and calls that we know under another id).
 */
export function findInCallLog(
  rows: CallLogData[],
  query: RecordingQuery,
  { clocks, prefix }: Looking,
): Finding {
  const legs = rows
    .filter((row) => !isInternalLeg(row))
    .map(toLeg)
    .filter((leg) => leg !== null);
  const id = idAtPbx(query);
  let ours: Leg[];
  if (id !== null && isHistoryId(id) && legs.some(({ row }) => row.CallHistoryId != null)) {
    ours = legs.filter(({ row }) => belongsTo(row, id)).sort((a, b) => a.startMs - b.startMs);
  } else {
    const picked = pickCandidates(legs.filter(isTalk), query, clocks);
    if (picked.state === 'ambiguous') return nothing('ambiguous');
    ours = picked.state === 'picked' ? picked.rows : [];
  }
  if (ours.length === 0) return nothing('row-missing');
  const starts = new Map<number, number>();
  for (const leg of ours)
    for (const recording of oneSide(leg, query))
      if (!starts.has(recording)) starts.set(recording, leg.startMs);
  if (starts.size === 0) return nothing('row-without-recording');
  return {
    state: 'found',
    recordings: [...starts].map(([rec, startMs]) => recordingById(rec, startMs, prefix)),
  };
}

/** Whether these rows hold the very call, by its history id. */
export function listsCall(rows: CallLogData[], query: RecordingQuery): boolean {
  const id = idAtPbx(query);
  return id !== null && isHistoryId(id) && rows.some((row) => belongsTo(row, id));
}

/** Recordings of other calls, and of talks among colleagues, by the call log: nobody may take them for this one. */
export function recordingsOfOthers(rows: CallLogData[], query: RecordingQuery): Set<number> {
  const id = idAtPbx(query);
  const isOthers = (row: CallLogData): boolean =>
    id !== null && isHistoryId(id) && row.CallHistoryId != null && !belongsTo(row, id);
  const isTheirs = (row: CallLogData): boolean => isInternalLeg(row) || isOthers(row);
  const mayBeOurs = new Set(rows.filter((row) => !isTheirs(row)).flatMap(recordingIdsOf));
  const theirs = rows.filter(isTheirs).flatMap(recordingIdsOf);
  return new Set(theirs.filter((recording) => !mayBeOurs.has(recording)));
}

function belongsTo(row: CallLogData, id: string): boolean {
  return [row.CallHistoryId, row.MainCallHistoryId].some(
    (known) => known?.toLowerCase() === id.toLowerCase(),
  );
}

/** When both sides of a leg were recorded, one of the two is the whole talk: that of our person. */
function oneSide({ row }: Leg, { extensions }: RecordingQuery): number[] {
  const { SrcRecId: source, DstRecId: destination } = row;
  if (source == null || destination == null || source === destination) return recordingIdsOf(row);
  const atDestination = row.DestinationDn == null || extensions.includes(row.DestinationDn);
  const left = atDestination ? source : destination;
  return recordingIdsOf(row).filter((recording) => recording !== left);
}

function toLeg(row: CallLogData): Leg | null {
  const startMs = pbxInstantMs(row.StartTime);
  if (startMs === null) return null;
  const answeredMs = startMs + durationSeconds(row.RingingDuration) * 1000;
  return {
    row,
    startMs: answeredMs,
    endMs: answeredMs + durationSeconds(row.TalkingDuration) * 1000,
    dns: told([row.SourceDn, row.DestinationDn]),
    numbers: told([row.SourceCallerId, row.DestinationCallerId]),
  };
}

function isTalk({ row }: Leg): boolean {
  return row.Answered === true && durationSeconds(row.TalkingDuration) > 0;
}
