import type { Connection } from '../../domain/connection';
import { readWebhook } from '../../threecx/webhook-event';
import type { ApiDependencies } from '../dependencies';
import type { FieldError } from '../problem';
import { isOlderThanLedger } from './event-age';
import type { EventHolder, HeldBy } from './hold-event';

/** The flat fields of one webhook and what is known about its delivery. */
export interface EventToTake {
  connection: Connection;
  /** From the address; null: `event` among the fields. */
  event: string | null;
  fields: Record<string, unknown>;
  deliveryId: string | null;
  receivedAt: Date;
  source?: string;
}

/**
 * `callId` is the one that the sender knows; the workflow may run under a stand-in. `too-old`: understood, held by nobody; the caller keeps it
 * aside.
 */
export type Taken =
  | { outcome: 'held'; event: string; callId: string; workflowId: string; heldBy: HeldBy }
  | { outcome: 'too-old'; event: string; callId: string; workflowId: string }
  | { outcome: 'refused'; status: 404 | 400; reason: string; errors: FieldError[] };

/**
 * Understands one webhook and makes its event durable.
 *
 * @throws {NowhereToHold} when neither Temporal nor MongoDB takes it.
 */
export async function takeEvent(
  deps: Pick<ApiDependencies, 'store' | 'settings'>,
  holder: EventHolder,
  { connection, event, fields, deliveryId, receivedAt, source }: EventToTake,
): Promise<Taken> {
  const read = readWebhook({
    connection,
    event,
    fields,
    deliveryId,
    receivedAt,
    ...(source === undefined ? {} : { source }),
    hash: (text) => deps.store.hashNumber(connection.id, text),
  });
  if (!read.ok) return { outcome: 'refused', status: read.status, reason: read.reason, errors: read.errors };
  const taken = { event: read.event.event, callId: read.callId, workflowId: read.ref.workflowId };
  if (isOlderThanLedger(read.event, deps.settings.ledgerRetentionDays, receivedAt))
    return { outcome: 'too-old', ...taken };
  return { outcome: 'held', ...taken, heldBy: await holder.hold(read.ref, read.event) };
}
