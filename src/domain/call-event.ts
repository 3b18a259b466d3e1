/** What 3CX (or a source that speaks for it) tells about one call. Names as in the public contract. */
export const callEventKinds = [
  'call-started',
  'call-ringing',
  'call-answered',
  'call-transferred',
  'call-ended',
  'call-report',
  'recording-ready',
] as const;
export type CallEventKind = (typeof callEventKinds)[number];

/** `internal` calls are never sent to the CRM. */
export const directions = ['inbound', 'outbound', 'internal'] as const;
export type Direction = (typeof directions)[number];

/** Words for the end of a call; a Bitrix24 status code such as `486` is accepted in the same place. */
export const statusWords = ['answered', 'missed', 'busy', 'declined', 'cancelled', 'failed'] as const;
export type StatusWord = (typeof statusWords)[number];

/** Codes that Bitrix24 documents for `telephony.externalCall.finish`. */
export const bitrix24StatusCodes = [
  '200',
  '304',
  '402',
  '403',
  '404',
  '423',
  '480',
  '484',
  '486',
  '503',
  '603',
  '603-S',
  'OTHER',
] as const;
export type Bitrix24StatusCode = (typeof bitrix24StatusCodes)[number];

/**
 * One normalised event, as it rides in the `callEvent` signal. Every field but the first four is a fact that
 * this event told; an absent field means "not told", an empty `callerNumber` means "told: anonymous".
 *
 * Instants are ISO 8601 with an offset (the offset of the connection's time zone is kept), durations are whole
 * seconds of talk, numbers are digits in E.164 without plus where the numbering plan allows it, else the bare
 * digits as dialled.
 */
export interface CallEvent {
  event: CallEventKind;
  /** The same for every repetition of this event; the workflow ignores a key it has seen. */
  deliveryKey: string;
  /** When the API took it in. */
  receivedAt: string;
  /** Who told: `webhook`, `call-control`, `call-log`, `replay`. */
  source: string;
  extension?: string | undefined;
  toExtension?: string | undefined;
  callerNumber?: string | undefined;
  direction?: Direction | undefined;
  did?: string | undefined;
  startedAt?: string | undefined;
  answeredAt?: string | undefined;
  endedAt?: string | undefined;
  /** When the event happened, when told apart from the three above. */
  at?: string | undefined;
  durationSeconds?: number | undefined;
  status?: StatusWord | Bitrix24StatusCode | undefined;
  recordingId?: string | undefined;
  /** Somebody outside took an inbound call that was forwarded to him, e.g. on a mobile phone. */
  forwarded?: true | undefined;
}
