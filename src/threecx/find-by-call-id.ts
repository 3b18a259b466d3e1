import { z } from 'zod';
import type { FoundRecording, RecordingQuery, RecordingSearch, ThreecxContext } from './contract';
import { idAtPbx } from './finder';
import { callInterval } from './match-call';
import { readInstant } from './dialects/read-instant';
import type { PbxClient, PbxQuestion } from './pbx-client';
import { pbxInstantMs } from './pbx-instant';
import { threecxError } from './reasons';
import { pathUnder } from './transports';

/** A digits-only id starts again with the PBX: an item this far from the call belongs to an earlier one. */
const farMs = 3_600_000;

const itemSchema = z.object({
  id: z.union([z.string(), z.number()]).nullish(),
  callId: z.union([z.string(), z.number()]).nullish(),
  url: z.string().min(1).max(2048),
  startTime: z.string().nullish(),
  endTime: z.string().nullish(),
  extension: z.union([z.string(), z.number()]).nullish(),
});
type Item = z.infer<typeof itemSchema>;
const answerSchema = z.union([z.array(itemSchema), z.object({ list: z.array(itemSchema) })]);

/**
 * Asks the PBX, or what stands before it, for the recordings of one call id: the shape of the public contract, section
 * 5. An empty list, or a 404, means that there is none yet.
 *
 * @param settled the call ended so long ago that what belongs to it must be listed.
 * @throws {PeerError} `foreign-address` when an item's address is not a relative one.
 */
export async function findByCallId(
  pbx: PbxClient,
  context: ThreecxContext,
  query: RecordingQuery,
  settled: boolean,
): Promise<RecordingSearch> {
  const callId = idAtPbx(query);
  if (callId === null) return { state: 'never', reason: 'no-call-id' };
  const path = listPath(context, callId);
  const question: PbxQuestion = {
    label: '3cx.recordings',
    path,
    whenForbidden: 'recording-right-missing',
    whenMissing: 'row-missing',
  };
  const items = await pbx.json(context, question, toItems);
  const { timeZone } = context.connection;
  const fitting = items.filter((item) => isOurs(item, callId, query, timeZone)).sort(byStart);
  const timed = fitting.filter((item) => possibleStartsMs(item, timeZone).length > 0);
  const ours = isCounter(callId) && timed.length > 0 ? timed : fitting;
  // Parts may share an id, and a part may be listed twice: what tells them apart is where the bytes are.
  const recordings = new Map<string, FoundRecording>();
  for (const item of ours) {
    const { path: place, recording } = toRecording(item, path);
    recordings.set(place, recording);
  }
  if (recordings.size === 0) return { state: 'not-yet', reason: 'row-missing' };
  // Whether they are an older call's under the same counter nobody can tell: ours must have had the time to appear.
  if (isCounter(callId) && timed.length === 0) {
    if (!settled) return { state: 'not-yet', reason: 'row-missing' };
    if (recordings.size > Math.max(1, query.extensions.length))
      return { state: 'not-yet', reason: 'ambiguous' };
  }
  return { state: 'found', recordings: [...recordings.values()] };
}

function toItems(body: unknown): Item[] {
  const parsed = answerSchema.safeParse(body);
  if (!parsed.success) throw threecxError('not-json', { cause: parsed.error });
  return Array.isArray(parsed.data) ? parsed.data : parsed.data.list;
}

/** Where the list is asked for. */
function listPath({ connection }: ThreecxContext, callId: string): string {
  return `${pathUnder(connection, connection.threecx.recordingsPath)}?callId=${encodeURIComponent(callId)}`;
}

/**
 * The path of an item's bytes on the PBX's own origin. Absolute addresses are refused, even our own origin's: the
 * bearer token goes where the connection says and nowhere else.
 */
function toRecording(item: Item, listedAt: string): { path: string; recording: FoundRecording } {
  const base = new URL(listedAt, 'https://pbx.invalid');
  const relative = !/^([a-z][a-z0-9+.-]*:|[/\\]{2})/i.test(item.url.trim()) && !/[\\\s\0]/.test(item.url);
  const url = relative && URL.canParse(item.url, base.href) ? new URL(item.url, base) : null;
  if (url === null || url.origin !== base.origin) throw threecxError('foreign-address');
  const path = url.pathname + url.search;
  const recording: FoundRecording = {
    id: String(item.id ?? path),
    startedAt: startOf(item),
    from: { kind: 'path', path },
  };
  return { path, recording };
}

/** Times without a zone are shown nowhere: they may be by any clock. */
function startOf({ startTime }: Item): string | null {
  const ms = pbxInstantMs(startTime);
  return ms === null ? null : new Date(ms).toISOString();
}

/** Ids that are counters are given out again, so an item of one must lie near the call, if it tells its time. */
function isOurs(item: Item, callId: string, query: RecordingQuery, timeZone: string): boolean {
  if (item.callId != null && String(item.callId).toLowerCase() !== callId.toLowerCase()) return false;
  const startsMs = possibleStartsMs(item, timeZone);
  if (!isCounter(callId) || startsMs.length === 0) return true;
  const { fromMs, toMs } = callInterval(query);
  return startsMs.some((startMs) => startMs >= fromMs - farMs && startMs <= toMs + farMs);
}

/** Without a zone the time may be UTC or that of the wall. */
function possibleStartsMs({ startTime }: Item, timeZone: string): number[] {
  const local = readInstant(startTime ?? '', timeZone);
  return [pbxInstantMs(startTime), local === null ? null : Date.parse(local)].filter((ms) => ms !== null);
}

function isCounter(callId: string): boolean {
  return /^[0-9]+$/.test(callId);
}

function byStart(one: Item, other: Item): number {
  return (pbxInstantMs(one.startTime) ?? 0) - (pbxInstantMs(other.startTime) ?? 0);
}
