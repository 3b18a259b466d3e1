const formatters = new Map<string, Intl.DateTimeFormat>();
const maxFormatters = 200;

/** Minutes east of Greenwich in an IANA time zone at an instant; 0 for a zone that this machine does not know. */
export function offsetMinutesAt(instantMs: number, timeZone: string): number {
  const parts = new Map(
    formatter(timeZone)
      .formatToParts(instantMs)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
  const localMs = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  );
  return Math.round((localMs - Math.floor(instantMs / 1000) * 1000) / 60_000);
}

/** `+03:00`, `-03:30`, `+00:00`. */
export function offsetText(minutes: number): string {
  const absolute = Math.abs(minutes);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(absolute / 60))}:${two(absolute % 60)}`;
}

/** Making a formatter costs more than using it a hundred times. */
function formatter(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en', {
    timeZone: isKnown(timeZone) ? timeZone : 'UTC',
    hourCycle: 'h23',
    calendar: 'gregory',
    numberingSystem: 'latn',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  if (formatters.size >= maxFormatters) formatters.clear();
  formatters.set(timeZone, made);
  return made;
}

function isKnown(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }) !== undefined;
  } catch {
    return false;
  }
}
