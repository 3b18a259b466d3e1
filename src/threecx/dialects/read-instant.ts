import { offsetMinutesAt, offsetText } from './zone-offset';

const extended =
  /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)? ?(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?|(?<=:\d\d|[.,]\d{1,9}) \d\d:\d\d)?$/i;
const basic = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(?:(\d\d)(?:[.,](\d{1,9}))?)?(Z|[+-]\d\d(?::?\d\d)?)?$/i;

/** Why a text is no instant, in words for the sender. */
export const instantRule =
  'must be ISO 8601 with date and time, 2000 to 2100, such as 2026-01-31T10:00:00+03:00 (without a zone: time of the connection)';

/**
 * Reads ISO 8601 (a blank in place of the `T`, and a plus that a query string turned into a blank, are accepted) and
 * answers it in one canonical form with its offset kept. Without a zone it is local time of `timeZone`: of a doubled
 * hour the first counts, an hour that the clocks skip is moved forward by the gap.
 *
 * Null for what can be read in two ways or names no instant: `12/31/2026`, epoch numbers, dates without time, years
 * outside 2000 to 2100.
 */
export function readInstant(text: string, timeZone: string): string | null {
  const match = extended.exec(text) ?? basic.exec(text);
  if (match === null) return null;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (year < 2000 || year > 2100 || hour > 23 || minute > 59 || second > 59) return null;
  const milliseconds = Number((match[7] ?? '').padEnd(3, '0').slice(0, 3));
  const localMs = Date.UTC(year, month - 1, day, hour, minute, second, milliseconds);
  // Rolled over: there is no such day.
  if (new Date(localMs).getUTCMonth() !== month - 1 || new Date(localMs).getUTCDate() !== day) return null;
  const zone = match[8]?.trim().toUpperCase();
  if (zone === undefined) return inZone(localMs, timeZone);
  if (!/\d/.test(zone)) return written(localMs, 'Z');
  const offset = offsetOf(zone);
  return offset === null ? null : written(localMs, offsetText(offset));
}

function inZone(localMs: number, timeZone: string): string {
  // The offset before any change of clocks nearby answers both cases: the first of two equal hours, and a skipped
  // hour read by the old clock.
  const before = offsetMinutesAt(localMs - 86_400_000, timeZone);
  const after = offsetMinutesAt(localMs + 86_400_000, timeZone);
  const [first, second] = [before, after].map((offset) => localMs - offset * 60_000) as [number, number];
  const instantMs =
    offsetMinutesAt(first, timeZone) === before
      ? first
      : offsetMinutesAt(second, timeZone) === after
        ? second
        : first;
  const offset = offsetMinutesAt(instantMs, timeZone);
  return written(instantMs + offset * 60_000, offsetText(offset));
}

/** Minutes east of Greenwich of `+03:00`, `-0330`, `+03` or `03:00`; null above 14 hours. */
function offsetOf(zone: string): number | null {
  const digits = zone.replace(/\D/g, '').padEnd(4, '0');
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2));
  if (minutes > 14 * 60 || Number(digits.slice(2)) > 59) return null;
  return zone.startsWith('-') && minutes !== 0 ? -minutes : minutes;
}

function written(localMs: number, suffix: string): string {
  return new Date(localMs).toISOString().replace(/(\.000)?Z$/, '') + suffix;
}
