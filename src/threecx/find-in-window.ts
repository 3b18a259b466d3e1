import type { RecordingQuery } from './contract';
import type { Finding, Looking } from './finder';
import { nothing, recordingById } from './finder';
import type { Candidate, Clocks } from './match-call';
import { callInterval, pickCandidates, told } from './match-call';
import { pbxInstantMs } from './pbx-instant';
import type { RecordingRow } from './xapi-rows';

interface RecordingCandidate extends Candidate {
  row: RecordingRow;
}

const marginMs = 120_000;

/** The range of recordings to look at; a recording begins at the answer, by the clock of the PBX. */
export function windowOf(query: RecordingQuery, { skewMs }: Clocks): { from: Date; to: Date } {
  const { fromMs, toMs } = callInterval(query);
  const wideMs = marginMs + Math.abs(skewMs);
  return { from: new Date(fromMs - wideMs), to: new Date(toMs + wideMs) };
}

/** Looks for the call among the recordings of a window: by number, extension and overlap in time. */
export function findInWindow(
  rows: RecordingRow[],
  query: RecordingQuery,
  { clocks, prefix, others }: Looking,
): Finding {
  const candidates = rows
    .filter(({ Id }) => !others.has(Id))
    .map(toCandidate)
    .filter((row) => row !== null);
  const picked = pickCandidates(candidates, query, clocks);
  if (picked.state === 'ambiguous') return nothing('ambiguous');
  if (picked.state === 'none') return nothing('row-missing');
  return {
    state: 'found',
    recordings: picked.rows.map(({ row, startMs }) => recordingById(row.Id, startMs, prefix)),
  };
}

function toCandidate(row: RecordingRow): RecordingCandidate | null {
  const startMs = pbxInstantMs(row.StartTime);
  if (startMs === null) return null;
  return {
    row,
    startMs,
    endMs: pbxInstantMs(row.EndTime),
    dns: told([row.FromDn, row.ToDn]),
    numbers: told([row.FromCallerNumber, row.ToCallerNumber]),
  };
}
