import { wallClockMs } from '../common/wall-clock';

/** Picks a time zone whose offset is not that of this machine and not UTC, so that a local time taken for another shows. */
export function foreignTimeZone(): string {
  const here = -new Date().getTimezoneOffset();
  return here === offsetMinutes('Asia/Yekaterinburg', Date.now()) ? 'Asia/Kamchatka' : 'Asia/Yekaterinburg';
}

/** Minutes east of Greenwich that a zone keeps at an instant (Unix milliseconds). */
export function offsetMinutes(timeZone: string, atMs: number): number {
  const wall = wallClockMs(timeZone, atMs);
  return Math.round((wall - Math.floor(atMs / 1000) * 1000) / 60_000);
}

/** The wall clock of a zone at an instant as `yyyy-MM-ddTHH:mm:ss`, without a zone. */
export function localText(timeZone: string, atMs: number): string {
  return new Date(wallClockMs(timeZone, atMs)).toISOString().slice(0, 19);
}

/** An instant in UTC as .NET prints it: no zeros at the end of the fraction, none at all for whole seconds. */
export function netInstant(atMs: number): string {
  const [whole = '', fraction = ''] = new Date(atMs).toISOString().slice(0, -1).split('.');
  const digits = fraction.replace(/0+$/, '');
  return digits === '' ? `${whole}Z` : `${whole}.${digits}Z`;
}

/** A length as an ISO 8601 duration, the way .NET prints a TimeSpan in JSON of OData (3cx.md 4.3). */
export function isoDuration(ms: number): string {
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor(ms / 60_000) % 60;
  const seconds = (ms % 60_000) / 1000;
  const text = `${hours > 0 ? `${hours}H` : ''}${minutes > 0 ? `${minutes}M` : ''}${seconds > 0 ? `${seconds}S` : ''}`;
  return text === '' ? 'PT0S' : `PT${text}`;
}

/** Whole seconds as `hh:mm:ss`, the form of the journal variable Duration (3cx.md 1.4). */
export function clockDuration(seconds: number): string {
  const pad = (value: number): string => String(value).padStart(2, '0');
  return `${pad(Math.floor(seconds / 3600))}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
}

/** Whole seconds as `mm:ss`, the form of the webhook add-ons (3cx.md 3.3); minutes may exceed 59. */
export function minuteDuration(seconds: number): string {
  const pad = (value: number): string => String(value).padStart(2, '0');
  return `${pad(Math.floor(seconds / 60))}:${pad(seconds % 60)}`;
}
