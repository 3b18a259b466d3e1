import { z } from 'zod';
import type { RejectedItem } from '../../../store';
import type { ApiDependencies } from '../../dependencies';
import { named } from '../../openapi/named';
import { HttpProblem } from '../../problem';
import { EventHolder } from '../../webhooks/hold-event';
import { optionalJsonBody } from '../bodies';
import { pageOf, pageQuery, pageRequest, showPage } from '../query';
import type { Route } from '../route';
import { defineConnectionRoute } from '../route';
import { replayRejected } from './replay-rejected';

const tag = 'Rejected webhooks';

const rejectedAnswer = named(
  'RejectedWebhook',
  z.strictObject({
    id: z.string(),
    at: z.string(),
    reason: z.string(),
    status: z.number().int().meta({ description: 'What the sender was answered' }),
    errors: z.array(z.strictObject({ field: z.string(), message: z.string() })),
    event: z.string().nullable().meta({ description: 'As in the address' }),
    contentType: z.string().nullable(),
    body: z.string().meta({ description: 'At most the first 64 KiB' }),
    bodyEncoding: z.enum(['utf8', 'base64']),
    query: z.record(z.string(), z.string()),
    replayedAt: z.string().nullable(),
  }),
);

const correctedWebhook = named(
  'CorrectedWebhook',
  z
    .looseObject({})
    .meta({ description: 'The fields of the webhook as they should have come; `event` may be among them' }),
);

const heldAnswer = named(
  'HeldEvent',
  z.strictObject({ callId: z.string(), workflowId: z.string(), heldBy: z.enum(['temporal', 'inbox']) }),
);

/** Webhooks that were not understood: a list, and sending one again. */
export function rejectedRoutes(deps: ApiDependencies): Route[] {
  const holder = new EventHolder(deps);
  return [
    defineConnectionRoute({
      method: 'get',
      path: '/rejected',
      id: 'listRejected',
      tag,
      summary: 'Webhooks with a good token that were not understood, the newest first',
      query: pageQuery,
      answers: { 200: { description: 'A page', schema: named('RejectedPage', pageOf(rejectedAnswer)) } },
      handle: async ({ params, query }) => ({
        status: 200,
        body: await showPage(await deps.store.rejected.list(params.connection, pageRequest(query)), show),
      }),
    }),
    defineConnectionRoute({
      method: 'post',
      path: '/rejected/{id}/replay',
      id: 'replayRejected',
      tag,
      summary: 'Sends one again, corrected or as it came',
      description:
        'Without a body the stored content is read again. The call starts when the webhook first came.',
      params: { id: z.string() },
      body: optionalJsonBody(correctedWebhook),
      answers: {
        202: { description: 'The event is durable', schema: heldAnswer },
        409: { description: 'Older than the ledger: nobody can say whether it was handled' },
      },
      handle: async ({ params, connection, body }) => {
        const item = await deps.store.rejected.get(params.connection, params.id);
        if (item === null) throw new HttpProblem(404, { detail: 'There is no rejected webhook of this id.' });
        return { status: 202, body: await replayRejected(deps, holder, connection.value, item, body) };
      },
    }),
  ];
}

function show({ connection: _connection, ...item }: RejectedItem): Omit<RejectedItem, 'connection'> {
  return item;
}
