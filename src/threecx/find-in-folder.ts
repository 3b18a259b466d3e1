import type { RecordingQuery, RecordingSearch, ThreecxContext } from './contract';
import { idAtPbx } from './finder';
import { decodeHistoryId } from '../domain/history-id';
import type { Candidate, Clocks } from './match-call';
import { callInterval, pickCandidates } from './match-call';
import type { FolderFile } from './recording-folder';
import { listFolder } from './recording-folder';
import { zonedStampMs } from './zoned-stamp';

interface FileCandidate extends Candidate {
  file: FolderFile;
}

/** Names hold the time on the wall of the PBX, and the files tell nothing of its clock. */
const sameClock: Clocks = { skewMs: 0, toldBy: 'pbx', settled: true };
/** Call numbers begin again with the PBX, so they count only around the time of the call. */
const marginMs = 900_000;

/**
 * Looks for the call's files in the connection's folder: by the call number in their names, which is exact; when we do
 * not know the call's number, by outside number, extension and time. Whether a file is complete shows when it is read.
 */
export async function findInFolder(context: ThreecxContext, query: RecordingQuery): Promise<RecordingSearch> {
  const { connection } = context;
  const files = await listFolder(connection, query.extensions);
  const { fromMs, toMs } = callInterval(query);
  const candidates = files
    .map((file) => toCandidate(file, connection.timeZone))
    .filter(({ startMs }) => startMs >= fromMs - marginMs && startMs <= toMs + marginMs);
  const callNumber = callNumberOf(query);
  let ours = candidates.filter(({ file }) => file.callNumber === callNumber);
  if (callNumber === null) {
    const picked = pickCandidates(candidates, query, sameClock);
    if (picked.state === 'ambiguous' || (picked.state === 'picked' && namesSeveralCalls(picked.rows)))
      return { state: 'not-yet', reason: 'ambiguous' };
    ours = picked.state === 'picked' ? picked.rows : [];
  }
  if (ours.length === 0) return { state: 'not-yet', reason: 'file-not-there' };
  return {
    state: 'found',
    recordings: ours
      .sort((a, b) => a.startMs - b.startMs)
      .map(({ file, startMs }) => ({
        id: file.file.slice(file.file.lastIndexOf('(') + 1, file.file.lastIndexOf(')')),
        startedAt: new Date(startMs).toISOString(),
        from: { kind: 'file', file: file.file },
      })),
  };
}

/** The integer call number: told by history ids, or the id itself when it is one. */
function callNumberOf(query: RecordingQuery): number | null {
  const id = idAtPbx(query);
  if (id === null) return null;
  return /^[0-9]{1,10}$/.test(id) ? Number(id) : (decodeHistoryId(id)?.callId ?? null);
}

function toCandidate(file: FolderFile, timeZone: string): FileCandidate {
  const sides = file.numbers.filter((number) => number !== file.extension);
  const short = sides.filter((number) => /^\d{1,5}$/.test(number));
  return {
    file,
    startMs: zonedStampMs(file.stamp, timeZone),
    endMs: null,
    dns: file.extension === null ? short : [file.extension],
    numbers: sides,
  };
}

function namesSeveralCalls(rows: FileCandidate[]): boolean {
  return new Set(rows.map(({ file }) => file.callNumber)).size > 1;
}
