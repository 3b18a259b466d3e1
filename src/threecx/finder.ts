import type { FoundRecording, RecordingQuery, RecordingSearch } from './contract';
import { decodeHistoryId } from '../domain/history-id';
import type { Clocks } from './match-call';
import type { PbxClient } from './pbx-client';
import type { ThreecxReason } from './reasons';
import { downloadPath } from './recording-list';

/** What one way of looking says; `nothing` leaves the question to the next way. */
export type Finding =
  { state: 'found'; recordings: FoundRecording[] } | { state: 'nothing'; reason: ThreecxReason };

/** What every way of looking is told beside the question. */
export interface Looking {
  clocks: Clocks;
  /** Path of the PBX's base address. */
  prefix: string;
  /** Recordings that belong to other calls. */
  others: Set<number>;
}

/** What the finders that ask the PBX for its lists need beside the question. */
export interface XapiDesk {
  pbx: PbxClient;
  /** Clock of the PBX minus ours, as far as it is known. */
  skewMs: () => number;
  clock: () => Date;
  /** Tests only: divides how long we wait for what may still come. */
  timeScale: number;
}

/** By which clock the call's times were told: a history id holds the start by the clock of the PBX. */
export function clocksOf(query: RecordingQuery, skewMs: number, settled: boolean): Clocks {
  const start = decodeHistoryId(idAtPbx(query) ?? '')?.startedAt;
  const ahead = start === undefined ? Number.NaN : Date.parse(start) - Date.parse(query.startedAt);
  const close = (expected: number): boolean => Math.abs(ahead - expected) < Math.abs(skewMs) / 3;
  return { skewMs, settled, toldBy: close(0) ? 'pbx' : close(skewMs) ? 'server' : 'unknown' };
}

/**
 * How long ago the call ended, milliseconds, by the clock that says less: when our own is ahead, a recording that is still to
 * come must not be given up.
 */
export function sinceEndMs({ clock, skewMs }: XapiDesk, { endedAt }: RecordingQuery): number {
  return clock().getTime() + Math.min(0, skewMs()) - Date.parse(endedAt);
}

/**
 * A call that was passed on has several recordings, and they need not appear together.
 *
 * @param partsMs how long after the end parts that are missing are waited for.
 */
export function whole(
  desk: XapiDesk,
  query: RecordingQuery,
  recordings: FoundRecording[],
  partsMs: number,
): RecordingSearch {
  const patient = sinceEndMs(desk, query) < partsMs / desk.timeScale;
  return recordings.length < query.extensions.length && patient
    ? { state: 'not-yet', reason: 'part-missing' }
    : { state: 'found', recordings };
}

/** No recording, and why so far. */
export function nothing(reason: ThreecxReason): Finding {
  return { state: 'nothing', reason };
}

/** A recording that the PBX hands out by its id. `prefix` is the path of the PBX's base address. */
export function recordingById(id: number, startMs: number | null, prefix: string): FoundRecording {
  return {
    id: String(id),
    startedAt: startMs === null ? null : new Date(startMs).toISOString(),
    from: { kind: 'path', path: prefix + downloadPath(id) },
  };
}

/** The id that 3CX gave the call, without the start that we add to ids that it uses again; null when we never had one. */
export function idAtPbx({ callId }: Pick<RecordingQuery, 'callId'>): string | null {
  if (/^(h|report)-/.test(callId)) return null;
  return callId.split('~')[0] ?? callId;
}
