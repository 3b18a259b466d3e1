/**
 * Run time of one method in ten minutes at which work that can wait stops by itself. The limit is 480 s in the vendor's
 * examples and 420 s in its code (`bitrix24.md` 3.2). Live work goes on until the portal refuses it: that refusal costs
 * nothing, holding a call back does.
 */
export const nearLimitSeconds = 400;

const shortestMs = 10_000;
/** The window of the limit: a longer wait cannot be meant. */
const longestMs = 600_000;

/** What a `time` block tells of the run time that its method has used. */
export interface OperatingTime {
  usedSeconds: number;
  /** Until the oldest minute is forgotten, 10 s to 10 min, whatever the portal's clock says; null: not told. */
  resetInMs: number | null;
}

/** Reads the `time` block of a good answer; anything odd in it counts as not told. */
export function readOperatingTime(time: unknown, nowMs: number): OperatingTime {
  const block = (typeof time === 'object' && time !== null ? time : {}) as Record<string, unknown>;
  const resetAt = finite(block.operating_reset_at);
  // Against the portal's own clock, so that a difference of clocks does not count.
  const portalNow = finite(block.finish) ?? nowMs / 1000;
  return {
    usedSeconds: finite(block.operating) ?? 0,
    resetInMs: resetAt === null ? null : bounded((resetAt - portalNow) * 1000),
  };
}

/** Keeps a wait within what the limit can mean. */
export function bounded(waitMs: number): number {
  return Math.min(Math.max(Math.ceil(waitMs), shortestMs), longestMs);
}

function finite(value: unknown): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}
