import { wallClockMs } from '../common/wall-clock';

/** Picks a time zone whose offset is not that of this machine, so that a date without a zone shows as an error of hours. */
export function foreignTimeZone(): string {
  const here = -new Date().getTimezoneOffset();
  return here === offsetMinutes('Asia/Yekaterinburg', Date.now()) ? 'Asia/Kamchatka' : 'Asia/Yekaterinburg';
}

/** Minutes east of Greenwich that a zone keeps at an instant (Unix milliseconds). */
export function offsetMinutes(timeZone: string, atMs: number): number {
  // No zone changes its offset within a quarter of an hour; asking anew each time would slow every answer down.
  const key = `${timeZone} ${Math.floor(atMs / quarterMs)}`;
  const known = offsets.get(key);
  if (known !== undefined) return known;
  const offset = askOffset(timeZone, atMs);
  if (offsets.size > 10_000) offsets.clear();
  offsets.set(key, offset);
  return offset;
}

const quarterMs = 15 * 60_000;
const offsets = new Map<string, number>();

function askOffset(timeZone: string, atMs: number): number {
  return Math.round((wallClockMs(timeZone, atMs) - Math.floor(atMs / 1000) * 1000) / 60_000);
}

/** Writes an instant as ISO 8601 with the zone's offset, whole seconds, as the portal prints dates. */
export function inZone(atMs: number, timeZone: string): string {
  const offset = offsetMinutes(timeZone, atMs);
  const wall = new Date(atMs + offset * 60_000).toISOString().slice(0, 19);
  const pad = (value: number): string => String(value).padStart(2, '0');
  const away = Math.abs(offset);
  return `${wall}${offset < 0 ? '-' : '+'}${pad(Math.floor(away / 60))}:${pad(away % 60)}`;
}

const iso =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/i;
const dotted = /^(\d{2})\.(\d{2})\.(\d{4})(?: (\d{2}):(\d{2})(?::(\d{2}))?)?$/;

/**
 * Reads a date leniently, in Unix milliseconds; null when it is none. A date without a zone is read in the portal's zone,
 * which shifts the call when the sender forgot the zone (reference section 5.1, check 4).
 */
export function parsePortalDate(text: string, timeZone: string): number | null {
  const trimmed = text.trim();
  const isoMatch = iso.exec(trimmed);
  if (isoMatch !== null) {
    const [, year, month, day, hour, minute, second, zone] = isoMatch;
    return instant([year, month, day, hour, minute, second], zone, timeZone);
  }
  const dottedMatch = dotted.exec(trimmed);
  if (dottedMatch === null) return null;
  const [, day, month, year, hour, minute, second] = dottedMatch;
  return instant([year, month, day, hour, minute, second], undefined, timeZone);
}

function instant(fields: (string | undefined)[], zone: string | undefined, timeZone: string): number | null {
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = fields.map((text) =>
    Number(text ?? 0),
  );
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59) return null;
  const wall = Date.UTC(year, month - 1, day, hour, minute, second);
  if (zone === undefined) {
    const guess = wall - offsetMinutes(timeZone, wall) * 60_000;
    return wall - offsetMinutes(timeZone, guess) * 60_000;
  }
  if (/z/i.test(zone)) return wall;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return wall - (zone.startsWith('-') ? -minutes : minutes) * 60_000;
}
