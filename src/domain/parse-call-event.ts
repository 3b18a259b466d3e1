import { bitrix24StatusCodes, callEventKinds, directions, statusWords } from './call-event';
import type { CallEvent } from './call-event';

type Check = (value: unknown) => boolean;

const anyText: Check = (value) => typeof value === 'string';
const text =
  (maxLength: number): Check =>
  (value) =>
    typeof value === 'string' && value.length >= 1 && value.length <= maxLength;
const oneOf =
  (words: readonly string[]): Check =>
  (value) =>
    typeof value === 'string' && words.includes(value);
const wholeSeconds: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;

const instantForm =
  /^(\d{4})-(\d\d)-(\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** ISO 8601 with an offset, of a day that there is. */
const instant: Check = (value) => {
  const match = typeof value === 'string' ? instantForm.exec(value) : null;
  if (match === null) return false;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (month < 1 || month > 12 || day < 1) return false;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= (month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31);
};

const required: [keyof CallEvent, Check][] = [
  ['event', oneOf(callEventKinds)],
  ['deliveryKey', text(256)],
  ['receivedAt', instant],
  ['source', text(32)],
];
const optional: [keyof CallEvent, Check][] = [
  ['extension', anyText],
  ['toExtension', anyText],
  ['callerNumber', anyText],
  ['direction', oneOf(directions)],
  ['did', anyText],
  ['startedAt', instant],
  ['answeredAt', instant],
  ['endedAt', instant],
  ['at', instant],
  ['durationSeconds', wholeSeconds],
  ['status', oneOf([...statusWords, ...bitrix24StatusCodes])],
  ['recordingId', anyText],
  ['forwarded', (value) => value === true],
];

/**
 * Reads the event out of a signal; null when it is none. Unknown fields are dropped. Written by hand because it runs in
 * the sandbox, where a library is loaded anew with every call.
 */
export function parseCallEvent(payload: unknown): CallEvent | null {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return null;
  const sent = payload as Record<string, unknown>;
  const event: Partial<Record<keyof CallEvent, unknown>> = {};
  for (const [field, isGood] of required) {
    if (!isGood(sent[field])) return null;
    event[field] = sent[field];
  }
  for (const [field, isGood] of optional) {
    const value = sent[field];
    if (value === undefined) continue;
    if (!isGood(value)) return null;
    event[field] = value;
  }
  return event as CallEvent;
}
