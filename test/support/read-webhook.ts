import { createHmac } from 'node:crypto';
import type { CallEvent } from '../../src/domain/call-event';
import { callEventSchema } from './call-event-schema';
import type { WebhookInput, WebhookReading } from '../../src/threecx/webhook-event';
import { readWebhook } from '../../src/threecx/webhook-event';

/** When the webhooks of the helpers below are taken in, unless told otherwise. */
export const receivedAt = new Date('2026-01-31T07:00:30.500Z');

/** Reads one webhook of a Russian connection named `moscow`. */
export function read(
  event: string | null,
  fields: unknown,
  more: Partial<WebhookInput> = {},
): WebhookReading {
  return readWebhook({
    connection: { id: 'moscow', timeZone: 'Europe/Moscow', country: 'RU' },
    event,
    fields: fields as Record<string, unknown>,
    deliveryId: null,
    receivedAt,
    hash: (text) => createHmac('sha256', 'key').update(text).digest('base64url'),
    ...more,
  });
}

/** The reading of a webhook that must be accepted, with an event that the workflow takes. */
export function accepted(
  event: string | null,
  fields: unknown,
  more: Partial<WebhookInput> = {},
): Extract<WebhookReading, { ok: true }> {
  const reading = read(event, fields, more);
  if (!reading.ok) throw new Error(`was refused: ${JSON.stringify(reading)}`);
  expect(callEventSchema.parse(reading.event)).toEqual(reading.event);
  return reading;
}

/** The event of a webhook that must be accepted. */
export function eventOf(event: string | null, fields: unknown): CallEvent {
  return accepted(event, fields).event;
}

/** The reading of a webhook that must be refused. */
export function refused(event: string | null, fields: unknown): Extract<WebhookReading, { ok: false }> {
  const reading = read(event, fields);
  if (reading.ok) throw new Error(`was accepted: ${JSON.stringify(reading)}`);
  return reading;
}

/** The fields that a refusal names. */
export function refusedFields(event: string | null, fields: unknown): string[] {
  return refused(event, fields).errors.map(({ field }) => field);
}
