import { z } from 'zod';

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

const instant = z.iso.datetime({ offset: true });

/**
 * One normalised event, as it rides in the `callEvent` signal. Every field but the first four is a fact that
 * this event told; an absent field means "not told", an empty `callerNumber` means "told: anonymous".
 *
 * Instants are ISO 8601 with an offset (the offset of the connection's time zone is kept), durations are whole
 * seconds of talk, numbers are digits in E.164 without plus where the numbering plan allows it, else the bare
 * digits as dialled.
 */
export const callEventSchema = z.object({
  event: z.enum(callEventKinds),
  /** The same for every repetition of this event; the workflow ignores a key it has seen. */
  deliveryKey: z.string().min(1).max(256),
  /** When the API took it in. */
  receivedAt: instant,
  /** Who told: `webhook`, `call-control`, `call-log`, `replay`. */
  source: z.string().min(1).max(32),
  extension: z.string().optional(),
  toExtension: z.string().optional(),
  callerNumber: z.string().optional(),
  direction: z.enum(directions).optional(),
  did: z.string().optional(),
  startedAt: instant.optional(),
  answeredAt: instant.optional(),
  endedAt: instant.optional(),
  /** When the event happened, when told apart from the three above. */
  at: instant.optional(),
  durationSeconds: z.number().int().min(0).optional(),
  status: z.enum([...statusWords, ...bitrix24StatusCodes]).optional(),
  recordingId: z.string().optional(),
});
export type CallEvent = z.infer<typeof callEventSchema>;
