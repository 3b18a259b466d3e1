import type { RecordingQuery } from './contract';
import type { Finding, Looking } from './finder';
import { idAtPbx, nothing, recordingById } from './finder';
import { isHistoryId } from '../domain/history-id';
import { durationSeconds } from './iso-duration';
import type { Candidate } from './match-call';
import { pickCandidates, told } from './match-call';
import { pbxInstantMs } from './pbx-instant';
import type { InboundCall } from './xapi-rows';

interface InboundCandidate extends Candidate {
  row: InboundCall;
}

/** Looks for the call in the report of inbound calls: by history id, else by number, extension and time. */
export function findInInboundReport(
  rows: InboundCall[],
  query: RecordingQuery,
  { clocks, prefix, others }: Looking,
): Finding {
  const id = idAtPbx(query);
  const candidates = rows.map(toCandidate).filter((candidate) => candidate !== null);
  const exact = candidates.filter(({ row }) => row.CallHistoryId?.toLowerCase() === id?.toLowerCase());
  let ours = exact;
  // A row that names another call is another call; only rows without an id, or calls without one, are compared.
  if (id === null || !isHistoryId(id) || candidates.every(({ row }) => row.CallHistoryId == null)) {
    const picked = pickCandidates(candidates, query, clocks);
    if (picked.state === 'ambiguous') return nothing('ambiguous');
    ours = picked.state === 'picked' ? picked.rows : [];
  }
  if (ours.length === 0) return nothing('row-missing');
  const found = new Map<number, number>();
  for (const { row, startMs } of ours)
    for (const recording of recordingIds(row)) if (!others.has(recording)) found.set(recording, startMs);
  if (found.size === 0) return nothing('row-without-recording');
  return {
    state: 'found',
    recordings: [...found].map(([rec, startMs]) => recordingById(rec, startMs, prefix)),
  };
}

function recordingIds(row: InboundCall): number[] {
  const listed = (row.Recordings ?? []).map(({ Id }) => Id);
  return (listed.length > 0 ? listed : [row.RecordingId ?? 0]).filter((id) => id > 0);
}

function toCandidate(row: InboundCall): InboundCandidate | null {
  const startMs = pbxInstantMs(row.StartTime);
  if (startMs === null) return null;
  return {
    row,
    startMs,
    endMs: startMs + durationSeconds(row.TalkingDuration) * 1000,
    dns: told([row.DestinationDn]),
    numbers: told([row.SourceCallerId]),
  };
}
