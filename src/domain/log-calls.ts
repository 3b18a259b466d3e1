import type { Direction } from './call-event';
import { normaliseCallId } from './call-id';
import { decodeHistoryId } from './history-id';

/** One row of 3CX's call log: one leg of a call (3cx.md section 4.3). Instants are ISO 8601, durations whole seconds. */
export interface LogLeg {
  historyId: string | null;
  /** Two calls that a transfer joined keep their own history ids and share this one. */
  mainHistoryId: string | null;
  startedAt: string;
  direction: Direction | null;
  sourceDn: string;
  sourceNumber: string;
  /** 0 extension, 1 external line, others queue, ring group, IVR …; null: not told. */
  sourceType: number | null;
  destinationDn: string;
  destinationNumber: string;
  destinationType: number | null;
  ringingSeconds: number;
  talkingSeconds: number;
  answered: boolean;
  recordingIds: number[];
}

/** A talk with the outside party. */
export interface LogTalk {
  /** Null: the call was forwarded out of the PBX. */
  extension: string | null;
  answeredAt: string;
  seconds: number;
}

/** One physical call with an outside party, that is over. Instants are ISO 8601 UTC. */
export interface LogCall {
  /** History id of the main call, as calls are kept under. */
  callId: string;
  /** History ids of calls that were joined to it. */
  joinedIds: string[];
  direction: 'inbound' | 'outbound';
  /** As the log writes it; may be a word for a hidden number. */
  outsideNumber: string;
  startedAt: string;
  answeredAt: string | null;
  endedAt: string;
  /** Extensions of persons that rang, first one first; of an outbound call the one that dialled. */
  rang: { extension: string; at: string }[];
  /** In the order in which they began. */
  talks: LogTalk[];
  talkSeconds: number;
  recordingIds: number[];
}

/** The physical calls of some rows, oldest first, and what the rows hold beside them. */
export interface LogCalls {
  calls: LogCall[];
  /** Rows that no history id names (before 3CX 20.0.6): nothing can be told of their calls that a repeat would know again. */
  rowsWithoutId: number;
}

/** How far before its first leg a history id may put a call: announcements and IVRs come first. */
const longestLeadMs = 600_000;
/** Stamps of one moment differ by rounding. */
const roundingMs = 2_000;

/**
 * Puts the legs of the call log together to physical calls. Talks inside the PBX are left out, whole internal calls and
 * consultations alike; a queue, ring group or IVR that answers by itself is nobody. A call of which the rows show only
 * a joined part is left out too: a later look with a wider range shows it whole.
 */
export function groupLogCalls(rows: readonly LogLeg[]): LogCalls {
  const groups = new Map<string, LogLeg[]>();
  let rowsWithoutId = 0;
  for (const row of rows) {
    const key = idOf(row.mainHistoryId) ?? idOf(row.historyId);
    if (key === null) rowsWithoutId += 1;
    else groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  const calls = [...groups].flatMap(([callId, legs]) => toCall(callId, legs) ?? []);
  return { calls: calls.sort((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt)), rowsWithoutId };
}

function idOf(sent: string | null): string | null {
  return sent === null ? null : normaliseCallId(sent.trim());
}

type Kind = 'person' | 'group' | 'outside';

interface ReadLeg {
  row: LogLeg;
  startMs: number;
  answerMs: number;
  endMs: number;
  source: Kind;
  destination: Kind;
}

function toCall(callId: string, rows: LogLeg[]): LogCall | null {
  if (!rows.some((row) => idOf(row.historyId) === callId)) return null;
  const legs = rows
    .filter((row) => row.direction !== 'internal')
    .map(readLeg)
    .filter(({ source, destination }) => source === 'outside' || destination === 'outside')
    .sort((a, b) => a.startMs - b.startMs);
  const [first] = legs;
  if (first === undefined) return null;
  const direction = first.row.direction === 'outbound' || first.source !== 'outside' ? 'outbound' : 'inbound';
  const talks = legs.filter(isTalk).map((leg) => ({
    extension: personOf(leg),
    answeredAt: iso(leg.answerMs),
    seconds: leg.row.talkingSeconds,
  }));
  const ids = rows.map((row) => idOf(row.historyId)).filter((id) => id !== null && id !== callId);
  return {
    callId,
    joinedIds: [...new Set(ids as string[])],
    direction,
    outsideNumber: direction === 'inbound' ? first.row.sourceNumber : first.row.destinationNumber,
    startedAt: iso(startOf(callId, first.startMs)),
    answeredAt: talks[0]?.answeredAt ?? null,
    endedAt: iso(Math.max(...legs.map((leg) => leg.endMs))),
    rang: whoRang(legs),
    talks,
    talkSeconds: talks.reduce((sum, talk) => sum + talk.seconds, 0),
    recordingIds: [...new Set(legs.flatMap((leg) => leg.row.recordingIds))],
  };
}

function readLeg(row: LogLeg): ReadLeg {
  const startMs = Date.parse(row.startedAt);
  const answerMs = startMs + row.ringingSeconds * 1000;
  const { direction } = row;
  return {
    row,
    startMs,
    answerMs,
    endMs: answerMs + row.talkingSeconds * 1000,
    source: kindOf(row.sourceDn, row.sourceNumber, row.sourceType, direction === 'inbound'),
    destination: kindOf(
      row.destinationDn,
      row.destinationNumber,
      row.destinationType,
      direction === 'outbound',
    ),
  };
}

/** Numbers say more than types, whose meaning in this report is not documented. */
function kindOf(dn: string, number: string, type: number | null, outsideByDirection: boolean): Kind {
  const digits = number.replace(/\D/g, '');
  if (type === 1 || (digits.length >= 7 && digits !== dn)) return 'outside';
  if (type !== null) return type === 0 ? 'person' : 'group';
  return outsideByDirection && digits !== dn ? 'outside' : 'person';
}

function isTalk({ row, source, destination }: ReadLeg): boolean {
  if (!row.answered || source === 'group' || destination === 'group') return false;
  // Where the log does not tell who is a queue, one that answers has no talk.
  return row.talkingSeconds > 0 || (row.destinationType !== null && row.sourceType !== null);
}

/** The extension at the inner end of a leg. */
function personOf({ row, source, destination }: ReadLeg): string | null {
  if (destination === 'person') return row.destinationDn || null;
  return source === 'person' ? row.sourceDn || null : null;
}

function whoRang(legs: ReadLeg[]): LogCall['rang'] {
  const rang = new Map<string, string>();
  for (const leg of legs) {
    const extension = personOf(leg);
    const queueAlone = leg.row.answered && !isTalk(leg);
    if (extension !== null && !queueAlone && !rang.has(extension)) rang.set(extension, iso(leg.startMs));
  }
  return [...rang].map(([extension, at]) => ({ extension, at }));
}

/** The history id knows the true start; the first leg begins when somebody is called. */
function startOf(callId: string, firstLegMs: number): number {
  const told = decodeHistoryId(callId);
  if (told === null) return firstLegMs;
  const toldMs = Date.parse(told.startedAt);
  const leadMs = firstLegMs - toldMs;
  return leadMs >= -roundingMs && leadMs <= longestLeadMs ? Math.min(toldMs, firstLegMs) : firstLegMs;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
