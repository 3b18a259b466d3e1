import { z } from 'zod';
import { callEventKinds, directions, statusWords } from '../../domain/call-event';
import { connectionNameSchema } from '../../domain/connection';
import { fieldAliases } from '../../threecx/dialects/field-aliases';
import type { FieldName } from '../../threecx/dialects/field-aliases';
import type { DescribedPath } from './described-path';
import { named } from './named';

const tag = 'Webhooks';
const token = ['webhookToken', 'webhookBasic', 'webhookHeader', 'webhookQuery'];
const jsonOrForm = ['application/json', 'application/x-www-form-urlencoded'];

const rules: Record<FieldName, string> = {
  callId: '1 to 128 visible ASCII characters; required save for call-report.',
  extension: 'The internal number; required for ringing, answered and transferred.',
  toExtension: 'For call-transferred.',
  callerNumber: 'The outside party, in both directions; empty: anonymous.',
  direction: `3CX’s coding: 1 or inbound, 2 or outbound, or internal (${directions.join(', ')}).`,
  did: 'The number that the client dialled.',
  startedAt: 'ISO 8601; without a zone in the time of the connection.',
  answeredAt: 'ISO 8601.',
  endedAt: 'ISO 8601.',
  at: 'ISO 8601.',
  duration: 'Talk time: seconds, mm:ss or hh:mm:ss.',
  status: `${statusWords.join(', ')}, a Bitrix24 status code, or 3CX’s Inbound, Outbound, Missed, Notanswered.`,
  deliveryId: 'A repeat with the same one changes nothing; also as header X-Delivery-Id.',
  recordingId: 'For recording-ready; an address in it is never called.',
  forwarded:
    'true, 1 or yes: somebody outside took the inbound call that was forwarded to him, e.g. on a mobile phone. Told before the call is registered, it becomes TYPE 3 in Bitrix24 and is marked `forwarded`; anything else is ignored.',
};

const value = z.union([z.string(), z.number()]).optional();
const flag = z.union([z.boolean(), z.string(), z.number()]).optional();

const fields = Object.fromEntries(
  Object.entries(rules).map(([name, rule]) => [
    name,
    (name === 'forwarded' ? flag : value).meta({ description: rule + alsoAs(name as FieldName) }),
  ]),
) as Record<FieldName, typeof value | typeof flag>;
const eventField = {
  event: z.enum(callEventKinds).optional().meta({ description: 'When it is not in the address' }),
};

/** Described, not checked: a webhook takes more spellings than a schema can tell. */
const webhook = named(
  'Webhook',
  z
    .looseObject({ ...eventField, ...fields })
    .meta({ description: 'Other fields are kept out of the call and counted' }),
);

const held = {
  202: {
    description: 'The event is durable; a repeat gets the same answer',
    schema: named(
      'WebhookTaken',
      z.strictObject({ callId: z.string(), workflowId: z.string(), heldBy: z.enum(['temporal', 'inbox']) }),
    ),
  },
};

const refusals = Object.fromEntries(
  Object.entries({
    400: 'A field is bad, missing, or still a placeholder; malformed content. It is kept, see rejected',
    401: 'No or wrong token',
    404: 'Unknown connection or event',
    408: 'The body was not complete within 5 s',
    413: 'Longer than 64 KiB',
    415: 'Another media type',
    429: 'A flood of wrong tokens',
    503: 'Neither Temporal nor MongoDB can take it: send it again',
  }).map(([status, description]) => [status, { description }]),
);

const lookupNumber = z
  .union([z.string(), z.number()])
  .optional()
  .meta({ description: 'As 3CX shows it; any spelling' });
const text = z.string();
const lookupAnswers = {
  200: {
    description: 'Who has the number; nobody on any trouble, so that no caller waits',
    schema: named(
      'Contacts',
      z.strictObject({
        contacts: z.array(
          z.strictObject({
            phone: text.meta({ description: 'The number as it was asked' }),
            contactUrl: text,
            firstName: text.meta({ description: 'The whole name of a person' }),
            lastName: text,
            companyName: text,
            entityId: text,
            entityType: z.enum(['CONTACT', 'COMPANY', 'LEAD']),
          }),
        ),
      }),
    ),
  },
  ...Object.fromEntries(
    Object.entries(refusals).filter(([status]) => ['401', '404', '429'].includes(status)),
  ),
};

const portalRefusals = Object.fromEntries(
  Object.entries({
    400: 'No such callback',
    401: 'Not the portal of this connection',
    404: 'Unknown connection, or one that is no application',
    408: 'The body was not complete within 5 s',
    409: 'The connection is being changed: install again',
    413: 'Longer than 64 KiB',
    415: 'Not a form',
    429: 'A flood of wrong tokens',
    503: 'The database does not answer',
  }).map(([status, description]) => [status, { description }]),
);

const connection = { connection: connectionNameSchema };
const inAddress = { ...connection, event: z.enum(callEventKinds) };

/** What 3CX and Bitrix24 call. */
export const webhookPaths: DescribedPath[] = [
  {
    method: 'post',
    path: '/webhooks/3cx/{connection}/{event}',
    id: 'postCallEvent',
    tag,
    summary: 'One event of one call',
    params: z.strictObject(inAddress),
    body: { contentTypes: jsonOrForm, schema: webhook, required: true },
    answers: { ...held, ...refusals },
    security: token,
  },
  {
    method: 'get',
    path: '/webhooks/3cx/{connection}/{event}',
    id: 'getCallEvent',
    tag,
    summary: 'The same, its fields in the query string',
    params: z.strictObject(inAddress),
    query: z.looseObject(fields),
    answers: { ...held, ...refusals },
    security: token,
  },
  {
    method: 'post',
    path: '/webhooks/3cx/{connection}',
    id: 'postCallEventInBody',
    tag,
    summary: 'The same, with `event` in the body',
    params: z.strictObject(connection),
    body: { contentTypes: jsonOrForm, schema: webhook, required: true },
    answers: { ...held, ...refusals },
    security: token,
  },
  {
    method: 'get',
    path: '/webhooks/3cx/{connection}',
    id: 'getCallEventInQuery',
    tag,
    summary: 'The same, everything in the query string',
    params: z.strictObject(connection),
    query: z.looseObject({ ...eventField, ...fields }),
    answers: { ...held, ...refusals },
    security: token,
  },
  {
    method: 'post',
    path: '/webhooks/3cx/{connection}/lookup',
    id: 'postLookup',
    tag,
    summary: 'Who has a number in Bitrix24, for the display of a ringing phone; answered within 2 s',
    params: z.strictObject(connection),
    body: {
      contentTypes: jsonOrForm,
      schema: named('Lookup', z.looseObject({ number: lookupNumber })),
      required: true,
    },
    answers: lookupAnswers,
    security: token,
  },
  {
    method: 'get',
    path: '/webhooks/3cx/{connection}/lookup',
    id: 'getLookup',
    tag,
    summary: 'The same, `number` in the query string',
    params: z.strictObject(connection),
    query: z.looseObject({ number: lookupNumber }),
    answers: lookupAnswers,
    security: token,
  },
  portalPath(
    'install',
    'installApplication',
    'The installation callback of the Bitrix24 application',
    'installed',
  ),
  portalPath(
    'events',
    'takePortalEvent',
    'Events of the Bitrix24 application, checked by application_token',
    'taken',
    'ONEXTERNALCALLSTART (a click on a number) is remembered: Bitrix24 has registered that call itself, so the outgoing call of the same user to the same number, if it starts within 30 minutes, goes on under its CALL_ID and is marked `click-to-call`. The server does not dial: that is left to the client of 3CX. Other events are only counted.',
  ),
];

function portalPath(
  last: string,
  id: string,
  summary: string,
  answer: string,
  description?: string,
): DescribedPath {
  return {
    method: 'post',
    path: `/webhooks/bitrix24/{connection}/${last}`,
    id,
    tag,
    summary,
    ...(description === undefined ? {} : { description }),
    params: z.strictObject(connection),
    body: {
      contentTypes: ['application/x-www-form-urlencoded'],
      schema: z.record(z.string(), z.string()),
      required: true,
    },
    answers: {
      200: { description: 'Taken', schema: z.strictObject({ [answer]: z.boolean() }) },
      ...portalRefusals,
    },
    security: [],
  };
}

function alsoAs(name: FieldName): string {
  const aliases = fieldAliases[name];
  return aliases.length === 0 ? '' : ` Also as ${aliases.join(', ')}.`;
}
