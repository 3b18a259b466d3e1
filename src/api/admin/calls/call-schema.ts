import { z } from 'zod';
import { callEventKinds, directions } from '../../../domain/call-event';
import { callStates, recordingStates } from '../../../domain/call-view';
import type { CallView } from '../../../domain/call-view';
import type { StoredCall } from '../../../store';
import { named } from '../../openapi/named';

const instant = z.string().meta({ description: 'ISO 8601 with offset' });

/** One call as it is shown; no phone number in it. */
export const callAnswer = named(
  'Call',
  z.strictObject({
    callId: z.string(),
    workflowId: z.string(),
    state: z.enum(callStates).meta({ description: 'finished: in Bitrix24, whatever its recording does' }),
    bitrix24CallId: z.string().nullable(),
    direction: z.enum(directions).nullable(),
    extension: z.string().nullable(),
    userId: z.number().int().nullable(),
    did: z.string().nullable(),
    lineNumber: z.string().nullable(),
    caller: z.string().nullable().meta({ description: 'An ellipsis and the last two digits' }),
    status: z.string().nullable().meta({ description: 'Bitrix24 status code, null until finished' }),
    startedAt: instant.nullable(),
    answeredAt: instant.nullable(),
    endedAt: instant.nullable(),
    durationSeconds: z.number().int().nullable().meta({ description: 'Talk time, null until finished' }),
    marks: z.array(z.string()),
    recording: z.strictObject({
      state: z.enum(recordingStates),
      reason: z.string().optional(),
      bytes: z.number().int().optional(),
      attempts: z.number().int(),
      nextAttemptAt: instant.optional(),
    }),
    attention: z
      .strictObject({
        reason: z.string(),
        since: instant,
        nextAttemptAt: instant.optional(),
        mend: z.string(),
      })
      .optional(),
    events: z.array(z.strictObject({ event: z.enum(callEventKinds), at: instant, source: z.string() })),
    requests: z.array(
      z.strictObject({ method: z.string(), at: instant, attempt: z.number().int(), outcome: z.string() }),
    ),
  }),
);

/** A row of the ledger as a call; what only the ledger cares for is left out. */
export function showStoredCall(row: StoredCall): CallView {
  const {
    connection: _connection,
    revision: _revision,
    updatedAt: _updatedAt,
    closed: _closed,
    erased: _erased,
    ...view
  } = row;
  return view;
}
