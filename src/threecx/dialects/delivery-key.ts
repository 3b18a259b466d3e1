import type { CallEventKind } from '../../domain/call-event';
import type { KeyedHash } from '../../domain/call-id';
import type { Facts } from './read-facts';

/**
 * The key that is the same for every repetition of an event: the sender's delivery id, else what the event tells, so
 * that equal tellings are one event and any other fact makes another one. Hashed, since both could hold a number.
 */
export function deliveryKey(
  event: { kind: CallEventKind; callId: string; facts: Facts; deliveryId: string | undefined },
  hash: KeyedHash,
): string {
  if (event.deliveryId !== undefined) return `id-${hash(JSON.stringify(['delivery-id', event.deliveryId]))}`;
  const facts = Object.entries(event.facts).sort(([a], [b]) => (a < b ? -1 : 1));
  return `facts-${hash(JSON.stringify(['event', event.kind, event.callId, facts]))}`;
}
