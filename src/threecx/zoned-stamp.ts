import { offsetMinutesAt } from './dialects/zone-offset';

/** Unix milliseconds of a `yyyyMMddHHmmss` read in a time zone; in the hour that the clocks repeat, the first one. */
export function zonedStampMs(stamp: string, timeZone: string): number {
  const [year, month, day, hour, minute, second] = [
    stamp.slice(0, 4),
    stamp.slice(4, 6),
    stamp.slice(6, 8),
    stamp.slice(8, 10),
    stamp.slice(10, 12),
    stamp.slice(12, 14),
  ].map(Number) as [number, number, number, number, number, number];
  const wall = Date.UTC(year, month - 1, day, hour, minute, second);
  const before = wall - offsetMs(wall - 86_400_000, timeZone);
  // Away from a change of the clocks both offsets agree.
  return before + offsetMs(before, timeZone) === wall ? before : wall - offsetMs(wall + 86_400_000, timeZone);
}

function offsetMs(instantMs: number, timeZone: string): number {
  return offsetMinutesAt(instantMs, timeZone) * 60_000;
}
