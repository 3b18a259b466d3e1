import { z } from 'zod';
import { callStates, recordingStates } from '../../../domain/call-view';
import type { Connection } from '../../../domain/connection';
import { extensionNumberSchema } from '../../../domain/mapping';
import type { CallFilter } from '../../../store';
import { instantRule, readInstant } from '../../../threecx/dialects/read-instant';
import { HttpProblem } from '../../problem';

const bound = z
  .string()
  .min(1)
  .max(64)
  .optional()
  .meta({
    description:
      'By start, inclusive: ISO 8601, or a whole day; without a zone in the time of the connection',
    examples: ['2026-01-31T10:00:00+03:00', '2026-01-31'],
  });

/** What calls are chosen by; all given conditions must hold. */
export const callFilterShape = {
  state: z.enum(callStates).optional(),
  recording: z.enum(recordingStates).optional(),
  extension: extensionNumberSchema.optional(),
  from: bound,
  to: bound,
};

/** The list of what needs a person. */
export const attentionQuery = {
  attention: z.enum(['true', 'false']).optional().meta({
    description:
      'true: only calls that wait for somebody, whatever their state; each tells why, since when, when it is tried again and what to do',
  }),
};

/** The same in a body. */
export const attentionFilter = {
  attention: z.boolean().optional().meta({
    description:
      'true: only calls that wait for somebody, whatever their state; so it is when neither this, `state` nor `recording` is named',
  }),
};

/** @throws {HttpProblem} 400 for what is no instant, and for a range that ends before it begins. */
export function callFilter(
  given: z.output<z.ZodObject<typeof callFilterShape & typeof attentionFilter>>,
  { timeZone }: Pick<Connection, 'timeZone'>,
): CallFilter {
  const { from, to, ...conditions } = given;
  const bounds = {
    ...(from === undefined ? {} : { from: instantOf('from', from, '00:00:00', timeZone) }),
    ...(to === undefined ? {} : { to: instantOf('to', to, '23:59:59.999', timeZone) }),
  };
  if (bounds.from !== undefined && bounds.to !== undefined && Date.parse(bounds.from) > Date.parse(bounds.to))
    throw unfit('to', 'must not be before from');
  return { ...conditions, ...bounds };
}

function instantOf(field: string, text: string, timeOfDay: string, timeZone: string): string {
  const whole = /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T${timeOfDay}` : text;
  const instant = readInstant(whole, timeZone);
  if (instant === null) throw unfit(field, instantRule);
  return instant;
}

function unfit(field: string, message: string): HttpProblem {
  return new HttpProblem(400, { detail: 'The request does not fit.', errors: [{ field, message }] });
}
