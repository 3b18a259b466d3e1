import type { RecordingQuery } from './contract';
import { sameNumber } from './same-number';

/** Something at the PBX that may belong to the call: a recording, or a leg of the call log. */
export interface Candidate {
  startMs: number;
  /** Null: not told. */
  endMs: number | null;
  /** Internal numbers of both sides, empty ones left out. */
  dns: string[];
  /** Caller numbers of both sides as 3CX writes them: outside numbers, or `Ext.101`. */
  numbers: string[];
}

export type Picked<T> = { state: 'picked'; rows: T[] } | { state: 'none' } | { state: 'ambiguous' };

/** Events and reports of one call may name its ends a little differently. */
const slackMs = 5_000;
/** Below this two clocks count as equal; `Date` headers have whole seconds. */
export const skewThatMattersMs = 5_000;
/** How close a candidate that names less must begin to the answer. */
const weakStartMs = 10_000;

/** When the call was, by whoever told; the start may be missing when only the end was told. */
export function callInterval(query: RecordingQuery): { fromMs: number; toMs: number } {
  const toMs = Date.parse(query.endedAt);
  const starts = [Date.parse(query.startedAt), toMs - query.durationSeconds * 1000];
  if (query.answeredAt !== null) starts.push(Date.parse(query.answeredAt));
  return { fromMs: Math.min(...starts.filter((ms) => !Number.isNaN(ms))), toMs };
}

/** What is known of the two clocks when calls are compared by time. */
export interface Clocks {
  /** Clock of the PBX minus ours. */
  skewMs: number;
  /** By which clock the call's times were told. */
  toldBy: 'pbx' | 'server' | 'unknown';
  /** The call ended so long ago that its own rows must be there. */
  settled: boolean;
}

/**
 * Picks the candidates of one call by number, extension and overlap in time, in the order in which they began. Never
 * takes those of another call of the same client: what could belong to two calls is `ambiguous`.
 */
export function pickCandidates<T extends Candidate>(
  candidates: T[],
  query: RecordingQuery,
  { skewMs, toldBy, settled }: Clocks,
): Picked<T> {
  const fitting = candidates.filter((row) => fits(row, query) !== 'no');
  const byPbxClock = choose(fitting, query, 0);
  if (Math.abs(skewMs) <= skewThatMattersMs || toldBy === 'pbx') return settle(byPbxClock, query);
  const byOurClock = choose(fitting, query, skewMs);
  if (toldBy === 'server' || sameRows(byPbxClock, byOurClock)) return settle(byOurClock, query);
  // Shifted by the difference of the clocks, the client's call before or after may look like this one. So its own row
  // must have had its time to appear, be the only one that fits by either clock, and be as long as the talk.
  if (!settled) return { state: 'none' };
  const picked = settle([...new Set([...byPbxClock, ...byOurClock])], query);
  if (picked.state !== 'picked') return picked;
  const [only, ...others] = picked.rows;
  return others.length === 0 && only !== undefined && isAsLongAsTalk(only, query)
    ? picked
    : { state: 'ambiguous' };
}

function isAsLongAsTalk({ startMs, endMs }: Candidate, { durationSeconds }: RecordingQuery): boolean {
  const talkMs = durationSeconds * 1000;
  return endMs !== null && Math.abs(endMs - startMs - talkMs) <= Math.max(3_000, talkMs / 10);
}

function choose<T extends Candidate>(rows: T[], query: RecordingQuery, shiftMs: number): T[] {
  const inTime = rows.filter((row) => overlaps(row, query, shiftMs));
  const strong = inTime.filter((row) => fits(row, query) === 'strong');
  return strong.length > 0 ? strong : inTime.filter((row) => beginsAtAnswer(row, query, shiftMs));
}

function settle<T extends Candidate>(chosen: T[], query: RecordingQuery): Picked<T> {
  const sorted = [...chosen].sort((a, b) => a.startMs - b.startMs);
  const rows = withoutTwins(sorted, query);
  if (rows.length === 0) return { state: 'none' };
  return rows.some((row, index) => rows.slice(index + 1).some((later) => clash(row, later, query)))
    ? { state: 'ambiguous' }
    : { state: 'picked', rows };
}

/** `strong`: number and extension are equal; `weak`: one is equal and the other is not told. */
function fits(row: Candidate, query: RecordingQuery): 'strong' | 'weak' | 'no' {
  const number = compareNumber(row, query);
  const dn = compareDn(row, query);
  if (number === 'different' || dn === 'different') return 'no';
  if (number === 'equal' && dn === 'equal') return 'strong';
  return number === 'equal' || dn === 'equal' ? 'weak' : 'no';
}

type Comparison = 'equal' | 'different' | 'unknown';

function compareNumber(row: Candidate, query: RecordingQuery): Comparison {
  const outside = row.numbers.filter(
    (number) => /\d/.test(number) && !/^ext/i.test(number) && !row.dns.includes(number),
  );
  if (query.callerNumber === '' || outside.length === 0) return 'unknown';
  return outside.some((number) => sameNumber(number, query.callerNumber)) ? 'equal' : 'different';
}

function compareDn(row: Candidate, query: RecordingQuery): Comparison {
  if (query.extensions.length === 0 || row.dns.length === 0) return 'unknown';
  return row.dns.some((dn) => query.extensions.includes(dn)) ? 'equal' : 'different';
}

/** Calls of one client with one person cannot overlap, so half of the shorter one in common is enough. */
function overlaps(row: Candidate, query: RecordingQuery, shiftMs: number): boolean {
  const { fromMs, toMs } = callInterval(query);
  const startMs = row.startMs - shiftMs;
  const endMs = row.endMs === null ? startMs : Math.max(row.endMs - shiftMs, startMs);
  const commonMs = Math.min(endMs, toMs + slackMs) - Math.max(startMs, fromMs - slackMs);
  return commonMs >= Math.min(endMs - startMs, Math.max(toMs - fromMs, slackMs)) / 2;
}

function beginsAtAnswer(row: Candidate, query: RecordingQuery, shiftMs: number): boolean {
  if (query.answeredAt === null) return true;
  return Math.abs(row.startMs - shiftMs - Date.parse(query.answeredAt)) <= weakStartMs;
}

/** Both sides of one talk may be recorded: the same talk twice, of which one is enough. */
function withoutTwins<T extends Candidate>(rows: T[], query: RecordingQuery): T[] {
  const near = (a: number | null, b: number | null): boolean => Math.abs((a ?? 0) - (b ?? 0)) <= 2_000;
  const twins = (one: T, other: T): boolean =>
    near(one.startMs, other.startMs) && near(one.endMs, other.endMs) && maySharePerson(one, other, query);
  return rows.filter((row, index) => !rows.slice(0, index).some((earlier) => twins(earlier, row)));
}

/** One person cannot have two talks at a time, so these belong to two calls. */
function clash(earlier: Candidate, later: Candidate, query: RecordingQuery): boolean {
  if (earlier.endMs === null || later.endMs === null) return false;
  const commonMs = Math.min(earlier.endMs, later.endMs) - later.startMs;
  return commonMs > slackMs && maySharePerson(earlier, later, query);
}

function maySharePerson(one: Candidate, other: Candidate, { extensions }: RecordingQuery): boolean {
  const persons = ({ dns }: Candidate): string[] => dns.filter((dn) => extensions.includes(dn));
  const [ours, theirs] = [persons(one), persons(other)];
  return ours.length === 0 || theirs.length === 0 || ours.some((dn) => theirs.includes(dn));
}

function sameRows<T>(one: T[], other: T[]): boolean {
  return one.length === other.length && one.every((row) => other.includes(row));
}

/** The members that were told at all. */
export function told(values: (string | null | undefined)[]): string[] {
  return values.filter((value): value is string => value != null && value !== '');
}
