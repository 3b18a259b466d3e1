import type { Direction } from './call-event';
import { decodeHistoryId } from './history-id';
import { pbxCallOf } from './pbx-call';
import type { LogCall } from './log-calls';

/** How far the starts of one physical call may lie apart when two sources tell it. */
export const sameCallWindowMs = 120_000;
/** Nobody hangs up and calls again in so short a time. */
const sureWindowMs = 15_000;

/** A call that some source told, under whatever id. */
export interface KnownCall {
  callId: string;
  startedAtMs: number;
  /** Keyed hash of the outside number; empty: told as hidden or not told; null: erased. */
  callerHash: string | null;
  /** Null: not told. */
  direction: Direction | null;
  extension: string | null;
  /** It lost to another call that stands for it: only its own id still means anything. */
  merged: boolean;
}

/** A call of the log with the keyed hash of its outside number, empty when hidden. */
export interface HashedLogCall {
  call: LogCall;
  callerHash: string;
}

/** The known call, and whether an id says so; if not, only likeness does. */
export interface LogMatch<K> {
  known: K;
  byId: boolean;
}

/**
 * Finds out which calls of the log are known already, one to one: no call of the log stands for two known ones, and no
 * second call of a client is taken for the first. Surest signs first, over all calls:
 *
 * 1. the history id itself;
 * 2. an id that holds the PBX's counter (`41`, `41~{start}`, an add-on's `250917161728_41`, a history id that somebody
 *    composed), with a start within the call;
 * 3. for ids that tell nothing: outside number, direction and a start within {@link sameCallWindowMs}; where one side
 *    knows no number, the extension in its place.
 *
 * @param skewMs clock of the PBX minus ours: the log tells starts by the PBX's clock, the others either by that or, when
 *   no start was told, by ours.
 */
export function matchLogCalls<K extends KnownCall>(
  logged: readonly HashedLogCall[],
  known: readonly K[],
  skewMs = 0,
): Map<LogCall, LogMatch<K>> {
  const matched = new Map<LogCall, LogMatch<K>>();
  const taken = new Set<K>();
  const take = (call: LogCall, one: K, byId: boolean): void => {
    matched.set(call, { known: one, byId });
    taken.add(one);
  };
  const byId = new Map(known.map((one) => [one.callId, one]));
  for (const { call } of logged) {
    const own = byId.get(call.callId);
    const joined = call.joinedIds
      .map((id) => byId.get(id))
      // The consultation before a transfer is a call of its own, and internal.
      .find((one) => one !== undefined && one.direction !== 'internal');
    const found = own ?? joined;
    if (found !== undefined) take(call, found, true);
  }
  nearestFirst(logged, known, skewMs, counterDistance, matched, taken, (call, one) => take(call, one, true));
  nearestFirst(logged, known, skewMs, likenessDistance, matched, taken, (call, one) =>
    take(call, one, false),
  );
  return matched;
}

/** Pairs what is left, the nearest two first; null: they are not one call. */
function nearestFirst<K extends KnownCall>(
  logged: readonly HashedLogCall[],
  known: readonly K[],
  skewMs: number,
  distance: (logged: HashedLogCall, known: K, skewMs: number) => number | null,
  matched: ReadonlyMap<LogCall, unknown>,
  taken: ReadonlySet<K>,
  take: (call: LogCall, one: K) => void,
): void {
  const free = known
    .filter((one) => !taken.has(one) && !one.merged)
    .sort((a, b) => a.startedAtMs - b.startedAtMs);
  const pairs: { call: LogCall; one: K; distance: number }[] = [];
  for (const one of logged) {
    if (matched.has(one.call)) continue;
    const fromMs = Date.parse(one.call.startedAt) - sameCallWindowMs - Math.max(0, skewMs);
    const toMs = Date.parse(one.call.endedAt) + sameCallWindowMs - Math.min(0, skewMs);
    for (let index = firstFrom(free, fromMs); index < free.length; index++) {
      const candidate = free[index]!;
      if (candidate.startedAtMs > toMs) break;
      const far = distance(one, candidate, skewMs);
      if (far !== null) pairs.push({ call: one.call, one: candidate, distance: far });
    }
  }
  pairs.sort((a, b) => a.distance - b.distance);
  for (const { call, one } of pairs) if (!matched.has(call) && !taken.has(one)) take(call, one);
}

function firstFrom(known: readonly KnownCall[], fromMs: number): number {
  let [low, high] = [0, known.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (known[middle]!.startedAtMs < fromMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Whether a call that is known by likeness alone is so surely this one that its end may be taken for it: the same client
 * may call again while nobody was told of the first call. Starts lie close, the same phone is named, and both were
 * answered at one moment or neither was.
 */
export function isSurelySame(
  call: LogCall,
  known: Pick<KnownCall, 'startedAtMs' | 'extension'> & { answeredAtMs: number | null },
): boolean {
  const near = (a: number, b: number): boolean => Math.abs(a - b) <= sureWindowMs;
  if (!near(Date.parse(call.startedAt), known.startedAtMs) || !sharesExtension(call, known.extension))
    return false;
  if (known.answeredAtMs === null) return true;
  return call.talks.some(({ answeredAt }) => near(Date.parse(answeredAt), known.answeredAtMs!));
}

/** The start may have been told late: an event without one counts as the start, so any instant of the call will do. */
function counterDistance({ call }: HashedLogCall, known: KnownCall, skewMs: number): number | null {
  const counter = decodeHistoryId(call.callId)?.callId;
  if (counter === undefined || pbxCallOf(known.callId)?.callNumber !== counter) return null;
  const fromMs = Date.parse(call.startedAt) - sameCallWindowMs;
  const toMs = Date.parse(call.endedAt) + sameCallWindowMs;
  const within = (shiftMs: number): boolean =>
    known.startedAtMs >= fromMs - shiftMs && known.startedAtMs <= toMs - shiftMs;
  return within(0) || within(skewMs) ? startDistance(call, known, skewMs) : null;
}

function likenessDistance(
  { call, callerHash }: HashedLogCall,
  known: KnownCall,
  skewMs: number,
): number | null {
  // A history id that names none of the log's calls is another call.
  if (decodeHistoryId(known.callId) !== null) return null;
  if (known.direction !== null && known.direction !== call.direction) return null;
  const far = startDistance(call, known, skewMs);
  if (far > sameCallWindowMs) return null;
  if (callerHash !== '' && known.callerHash === callerHash) return far;
  const bothTold = callerHash !== '' && known.callerHash !== null && known.callerHash !== '';
  if (bothTold || !sharesExtension(call, known.extension)) return null;
  // Equal numbers are the better sign.
  return far + sameCallWindowMs;
}

function sharesExtension(call: LogCall, extension: string | null): boolean {
  const involved = [...call.rang, ...call.talks].map((one) => one.extension).filter((one) => one !== null);
  return extension === null ? involved.length === 0 : involved.includes(extension);
}

function startDistance(call: LogCall, known: KnownCall, skewMs: number): number {
  const apartMs = Date.parse(call.startedAt) - known.startedAtMs;
  return Math.min(Math.abs(apartMs), Math.abs(apartMs - skewMs));
}
