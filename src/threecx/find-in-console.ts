import type { ConsoleRow } from './console-list';
import { consoleDownloadPath, readConsoleList } from './console-list';
import type { RecordingQuery, RecordingSearch, ThreecxContext } from './contract';
import type { XapiDesk } from './finder';
import { clocksOf, sinceEndMs } from './finder';
import { windowOf } from './find-in-window';
import type { Candidate, Clocks } from './match-call';
import { pickCandidates, skewThatMattersMs, told } from './match-call';
import { pbxInstantMs } from './pbx-instant';
import { sameNumber } from './same-number';
import { pathUnder } from './transports';

/** How long the call's own row may take to appear; until then a neighbour's would be the only one that fits. */
const patienceMs = 120_000;
/** How close to the answer the first recording of a call begins. */
const atAnswerMs = 10_000;

interface ConsoleCandidate extends Candidate {
  row: ConsoleRow;
}

/**
 * Looks for the call in the console's list of recordings, as 3cx.md section 4.4 does for v18: by date, outside number,
 * DID and participants. The list knows neither ids of calls nor ends, so it is looked at two minutes after the call at
 * the earliest, a recording must begin at the answer, and what leaves a doubt is `ambiguous`.
 */
export async function findInConsole(
  desk: XapiDesk,
  context: ThreecxContext,
  query: RecordingQuery,
): Promise<RecordingSearch> {
  if (sinceEndMs(desk, query) < patienceMs / desk.timeScale)
    return { state: 'not-yet', reason: 'row-missing' };
  const clocks = (): Clocks => clocksOf(query, desk.skewMs(), true);
  const from = (): Date => windowOf(query, clocks()).from;
  const { rows, complete } = await readConsoleList(desk.pbx, context, from);
  if (!complete) return { state: 'not-yet', reason: 'answer-too-large' };
  const picked = pickFromConsole(rows, query, clocks());
  if (typeof picked === 'string') return { state: 'not-yet', reason: picked };
  const prefix = pathUnder(context.connection, '');
  return {
    state: 'found',
    recordings: picked.map(({ row, startMs }) => ({
      id: row.Id,
      startedAt: new Date(startMs).toISOString(),
      from: { kind: 'path', path: prefix + consoleDownloadPath(row.Id) },
    })),
  };
}

/** The call's rows in the order in which they were spoken, or why there are none. */
export function pickFromConsole(
  rows: ConsoleRow[],
  query: RecordingQuery,
  clocks: Clocks,
): ConsoleCandidate[] | 'row-missing' | 'ambiguous' {
  const candidates = rows.map(toCandidate).filter((row) => row !== null);
  const picked = pickCandidates(candidates, query, clocks);
  if (picked.state === 'none') return 'row-missing';
  if (picked.state === 'ambiguous') return 'ambiguous';
  const ours = picked.rows;
  // A row that fits as well once these are away belongs to this call, or these to another one.
  const rest = candidates.filter((row) => !ours.includes(row));
  if (pickCandidates(rest, query, clocks).state !== 'none') return 'ambiguous';
  if (ours.length > 1 && !haveOnePersonEach(ours, query)) return 'ambiguous';
  const fitting = ours.every((row) => hasDid(row, query) && beginsWhenTold(row, query, clocks));
  return fitting ? ours : 'row-missing';
}

function toCandidate(row: ConsoleRow): ConsoleCandidate | null {
  const startMs = pbxInstantMs(row.Date);
  if (startMs === null) return null;
  const names = told(row.Participants ?? []);
  const dns = names.map(extensionIn).filter((dn) => dn !== null);
  const outside = names.filter((name) => /^\+?\d{7,}$/.test(name));
  return { row, startMs, endMs: null, dns, numbers: told([row.CallerNumber, ...outside]) };
}

/** Nobody tells how v18 writes a participant: `101`, `Ext.101`, `101 Ann` and `Ann (101)` are read. */
function extensionIn(participant: string): string | null {
  const match = /^(?:ext\.?\s*)?(\d{1,6})(?!\d)|[([](?:ext\.?\s*)?(\d{1,6})[)\]]\s*$/i.exec(
    participant.trim(),
  );
  return match?.[1] ?? match?.[2] ?? null;
}

/** One person talks once in a call, so several rows must be those of several persons who had it. */
function haveOnePersonEach(rows: ConsoleCandidate[], { extensions }: RecordingQuery): boolean {
  const persons = rows.map(({ dns }) => dns.find((dn) => extensions.includes(dn)));
  return !persons.includes(undefined) && new Set(persons).size === rows.length;
}

/** A DID that is a number and another one belongs to another call; names of rules and short numbers say nothing. */
function hasDid({ row }: ConsoleCandidate, { did, direction }: RecordingQuery): boolean {
  const isNumber = (text: string | null | undefined): text is string =>
    text != null && /^[\d\s()+-]*$/.test(text) && text.replace(/\D/g, '').length >= 7;
  if (direction !== 'inbound' || !isNumber(did) || !isNumber(row.DID)) return true;
  return sameNumber(row.DID, did);
}

/** The first talker's recording begins at the answer; those of later ones when the call comes to them. */
function beginsWhenTold(row: ConsoleCandidate, query: RecordingQuery, { skewMs, toldBy }: Clocks): boolean {
  const [, ...later] = query.extensions;
  if (row.dns.some((dn) => later.includes(dn))) return true;
  const answeredMs =
    query.answeredAt === null
      ? Date.parse(query.endedAt) - query.durationSeconds * 1000
      : Date.parse(query.answeredAt);
  const shiftMs = toldBy === 'server' && Math.abs(skewMs) > skewThatMattersMs ? skewMs : 0;
  return Math.abs(row.startMs - shiftMs - answeredMs) <= atAnswerMs;
}
