import type { CallEvent, Direction } from '../../domain/call-event';
import { bitrix24StatusCodes, statusWords } from '../../domain/call-event';

/** What one word about the end of a call tells: how it ended, and sometimes which way it went. */
export interface StatusReading {
  status: CallEvent['status'] | undefined;
  direction: Direction | undefined;
}

/** 3CX's coding, the other way round than Bitrix24's TYPE; `…External` and `Local` are the XAPI's words. */
const directionWords: ReadonlyMap<string, Direction> = new Map([
  ['1', 'inbound'],
  ['inbound', 'inbound'],
  ['incoming', 'inbound'],
  ['in', 'inbound'],
  ['inboundexternal', 'inbound'],
  ['2', 'outbound'],
  ['outbound', 'outbound'],
  ['outgoing', 'outbound'],
  ['out', 'outbound'],
  ['outboundexternal', 'outbound'],
  ['internal', 'internal'],
  ['local', 'internal'],
]);

/** The journal's call types (`3cx.md` section 1.4) and the add-ons' finish types (section 3.3). */
const callTypes: ReadonlyMap<string, StatusReading> = new Map<string, StatusReading>([
  ['inbound', { status: 'answered', direction: 'inbound' }],
  ['outbound', { status: 'answered', direction: 'outbound' }],
  ['notanswered', { status: 'missed', direction: 'outbound' }],
  ['unanswered', { status: 'missed', direction: 'outbound' }],
  ['local', { status: undefined, direction: 'internal' }],
  ['internal', { status: undefined, direction: 'internal' }],
  ['ok', { status: 'answered', direction: undefined }],
  ['canceled', { status: 'cancelled', direction: undefined }],
]);

const known: ReadonlyMap<string, NonNullable<CallEvent['status']>> = new Map(
  [...statusWords, ...bitrix24StatusCodes].map((status) => [status.toLowerCase(), status]),
);

/** Reads a direction in 3CX's coding, any letter case; null for anything else. */
export function readDirection(text: string): Direction | null {
  return directionWords.get(text.toLowerCase()) ?? null;
}

/**
 * Reads a status word, a Bitrix24 status code or one of 3CX's call types, any letter case; null for anything else.
 * `missed` tells no direction here: it is a word of ours as well as 3CX's, where it means a missed inbound call.
 */
export function readStatus(text: string): StatusReading | null {
  const word = text.toLowerCase().replace(/[\s_](?=answered$)/, '');
  const status = known.get(word);
  if (status !== undefined) return { status, direction: undefined };
  return callTypes.get(word) ?? null;
}
