import { isHistoryId } from './history-id';
import { isNumberOf, nationalDigits } from './phone-number';

export { decodeHistoryId, isHistoryId } from './history-id';
export { laterCallId } from './later-call-id';

/** A keyed hash whose result may stand in clear: no two installations give the same, and nobody can turn it back. */
export type KeyedHash = (text: string) => string;

/** Shorter digits stand in so many ids by chance that they count only when nothing but them stands there. */
const minNumberInside = 7;
const minNumberAlone = 5;
/** Runs of digits that long are looked at even when no event told a number. */
const minRun = 9;

/**
 * The id as calls are kept under: a UUID in lower case, anything else as sent. Null unless it is 1 to 128 visible
 * ASCII characters.
 */
export function normaliseCallId(sent: string): string | null {
  if (!/^[\x21-\x7e]{1,128}$/.test(sent)) return null;
  return isHistoryId(sent) && sent.includes('-') ? sent.toLowerCase() : sent;
}

/**
 * The workflow of a call. The call id may hold any visible ASCII character, slashes too: connection names have none,
 * so the first two slashes delimit. In addresses it goes through `encodeURIComponent`.
 */
export function workflowIdFor(connection: string, callId: string): string {
  return `call/${connection}/${callId}`;
}

/** Ids that are counters: the PBX starts again at 1, so one id can name several calls. */
export function isCounterId(callId: string): boolean {
  return /^[0-9]+$/.test(callId);
}

/**
 * The id that goes into workflow ids and the ledger: the call's own one, or `h-` and its keyed hash when it
 *
 * - contains the client's number, or digits that are a number of the connection's country. The latter must not depend
 *   on what an event tells, since the events of one call have to meet in one workflow and not each tells the number;
 * - is `.` or `..`, which no address can name, or begins like the id of a report without id.
 *
 * History ids are taken as they are: they hold hexadecimal digits that only look like something.
 */
export function safeCallId(
  callId: string,
  call: { callerNumber: string | undefined; country: string },
  hash: KeyedHash,
): string {
  if (isHistoryId(callId)) return callId;
  const odd = callId === '.' || callId === '..' || callId.startsWith('report-');
  return odd || holdsNumberOf(call.country, callId) || holdsCaller(callId, call.callerNumber)
    ? hashedCallId(callId, hash)
    : callId;
}

/** Ids under which a call named from outside may be kept, likeliest first. */
export function possibleCallIds(named: string, hash: KeyedHash): string[] {
  const callId = normaliseCallId(named);
  return callId === null ? [] : [callId, hashedCallId(callId, hash)];
}

/** What identifies a call of which only a report without id tells. */
export interface ReportIdentity {
  extension: string | undefined;
  callerNumber: string | undefined;
  direction: string | undefined;
  /** ISO 8601 with offset. */
  startedAt: string;
  /** ISO 8601 with offset. */
  endedAt?: string | undefined;
}

/**
 * The id of a report without id: the same for every repetition, and for the reports of the several extensions that had
 * one call, since nobody calls twice in one second from one number. Without a number the seconds of start and end tell
 * calls apart, without an end the extension does.
 */
export function reportCallId(report: ReportIdentity, hash: KeyedHash): string {
  const number = report.callerNumber ?? '';
  const startSecond = secondOf(report.startedAt);
  const apart =
    number.length >= minNumberInside
      ? ''
      : report.endedAt === undefined
        ? (report.extension ?? '')
        : `until ${secondOf(report.endedAt)}`;
  return `report-${hash(JSON.stringify(['report', number, apart, report.direction ?? 'inbound', startSecond]))}`;
}

function secondOf(instant: string): number {
  return Math.floor(Date.parse(instant) / 1000);
}

function hashedCallId(callId: string, hash: KeyedHash): string {
  return `h-${hash(JSON.stringify(['call-id', callId]))}`;
}

function holdsNumberOf(country: string, callId: string): boolean {
  const runs = callId.match(/[0-9]+/g) ?? [];
  return runs.some((run) => run.length >= minRun && run.length <= 17 && isNumberOf(country, run));
}

function holdsCaller(callId: string, callerNumber: string | undefined): boolean {
  if (callerNumber === undefined || callerNumber.length < minNumberAlone) return false;
  const national = nationalDigits(callerNumber) ?? callerNumber;
  if (national.length < minNumberInside) {
    const runs = callId.match(/[0-9]+/g) ?? [];
    return runs.some((run) => run === callerNumber || run === national);
  }
  return callId.includes(national) || callId.replace(/[-+(). ]/g, '').includes(national);
}
