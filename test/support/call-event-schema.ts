import { z } from 'zod';
import { bitrix24StatusCodes, callEventKinds, directions, statusWords } from '../../src/domain/call-event';

const instant = z.iso.datetime({ offset: true });

/** The event as a schema, for tests: says independently of the code what is one. */
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
  forwarded: z.boolean().optional(),
});
