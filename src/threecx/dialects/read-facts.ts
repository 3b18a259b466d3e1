import type { CallEvent, Direction } from '../../domain/call-event';
import type { Connection } from '../../domain/connection';
import { normaliseNumber } from '../../domain/phone-number';
import { instantRule, readInstant } from './read-instant';
import { readDirection, readStatus } from './read-direction-status';
import { readDuration } from './read-duration';
import { readExtension } from './read-extension';
import { readRecording } from './read-recording-id';
import type { SentFields } from './sent-fields';
import { asText } from './sent-fields';

/** What an event tells beside its name and call: the optional part of a call event. */
export type Facts = Omit<CallEvent, 'event' | 'deliveryKey' | 'receivedAt' | 'source'>;

/** Facts of one webhook, and whether it announced a recording. */
export interface FactsReading {
  facts: Facts;
  recordingTold: boolean;
}

const extensionRule = 'must be an internal number: digits, * and #, 1 to 16';
const directionRule = 'must be 1 or inbound, 2 or outbound, or internal';
const statusRule =
  'must be answered, missed, busy, declined, cancelled, failed, a Bitrix24 status code, or a call type of 3CX';
const durationRule = 'must be seconds, mm:ss or hh:mm:ss, at most 30 days';

/**
 * Reads every field that is a fact; what is wrong is noted in `fields.errors`. Absent facts have no key, so that equal
 * tellings are equal objects.
 *
 * @param journal the word `missed` comes from 3CX's journal, where it is a missed inbound call.
 */
export function readFacts(
  fields: SentFields,
  connection: Pick<Connection, 'timeZone' | 'country'>,
  journal: boolean,
): FactsReading {
  const instant = (text: string): string | null => readInstant(text, connection.timeZone);
  const caller = readCaller(fields, connection.country);
  const status = fields.parse('status', readStatus, statusRule);
  const recording = readRecording(fields);
  const facts: Facts = {
    extension: fields.parse('extension', readExtension, extensionRule),
    toExtension: fields.parse('toExtension', readExtension, extensionRule),
    callerNumber: caller?.digits,
    direction:
      fields.parse('direction', readDirection, directionRule) ??
      impliedDirection(fields, journal) ??
      (caller?.isExtension ? 'internal' : undefined),
    did: readDid(fields, connection.country),
    startedAt: fields.parse('startedAt', instant, instantRule),
    answeredAt: fields.parse('answeredAt', instant, instantRule),
    endedAt: fields.parse('endedAt', instant, instantRule),
    at: fields.parse('at', instant, instantRule),
    durationSeconds: fields.parse('duration', readDuration, durationRule),
    status: status?.status,
    recordingId: recording.id,
    forwarded: readForwarded(fields),
  };
  return { facts: withoutUndefined(facts), recordingTold: recording.told };
}

/**
 * The outside party. Sent but empty means that the PBX told of a caller without number, as does a text that holds
 * none; that is a fact, unlike a field that was not sent.
 */
function readCaller(
  fields: SentFields,
  country: string,
): { digits: string; isExtension: boolean } | undefined {
  const text = fields.read('callerNumber');
  if (text !== undefined)
    return { digits: normaliseNumber(text, country).digits, isExtension: /^ext[.\s]*\d+$/i.test(text) };
  const sentEmpty = fields.sent('callerNumber').some(({ value }) => asText(value) === '');
  return sentEmpty ? { digits: '', isExtension: false } : undefined;
}

/** A DID without digits, such as the name of a trunk, tells nothing. */
function readDid(fields: SentFields, country: string): string | undefined {
  const text = fields.read('did');
  return text === undefined ? undefined : normaliseNumber(text, country).digits || undefined;
}

/** An extension of the contract: what cannot be read may be somebody's own field of that name, and tells nothing. */
function readForwarded(fields: SentFields): true | undefined {
  const isYes = fields
    .sent('forwarded')
    .some(({ value }) => value === true || /^(1|true|yes)$/i.test(asText(value) ?? ''));
  return isYes || undefined;
}

/** The direction that a call type tells by the way, under whichever name it was sent. */
function impliedDirection(fields: SentFields, journal: boolean): Direction | undefined {
  for (const { name, value } of fields.sent('status')) {
    const text = asText(value);
    if (text === undefined || text === '') continue;
    const direction = readStatus(text)?.direction;
    if (direction !== undefined) return direction;
    if (text.toLowerCase() === 'missed' && (journal || name.toLowerCase() === 'calltype')) return 'inbound';
  }
  return undefined;
}

function withoutUndefined(facts: Facts): Facts {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
}
