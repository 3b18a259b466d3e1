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
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(instantMs);
  const value = (type: string): number => Number(parts.find((part) => part.type === type)?.value ?? 0);
  const wall = Date.UTC(
    value('year'),
    value('month') - 1,
    value('day'),
    value('hour'),
    value('minute'),
    value('second'),
  );
  return wall - Math.floor(instantMs / 1000) * 1000;
}
