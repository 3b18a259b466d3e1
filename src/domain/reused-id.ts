import { isCounterId } from './call-id';

const hourMs = 3_600_000;

/** What is known of a call that is over. */
export interface ClosedCall {
  callId: string;
  /** ISO 8601; null: never told. */
  startedAt: string | null;
  /** When it was last written, ISO 8601. */
  updatedAt: string;
}

/**
 * Whether a call that began then and has the id of a call that is over is a later one: the PBX counts from 1 again after
 * a restart. It is when the starts lie further apart than the longest believable call, or when that call had closed
 * longer ago than that when this one began. Only counters come again; under any other id it is the same call.
 */
export function isLaterCall(closed: ClosedCall, startedAt: string, maxCallHours: number): boolean {
  if (!isCounterId(closed.callId) || closed.startedAt === null) return false;
  const startMs = Date.parse(startedAt);
  const maxCallMs = maxCallHours * hourMs;
  return (
    Math.abs(startMs - Date.parse(closed.startedAt)) > maxCallMs ||
    startMs - Date.parse(closed.updatedAt) > maxCallMs
  );
}
