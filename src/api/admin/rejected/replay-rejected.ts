import { callEventKinds } from '../../../domain/call-event';
import type { Connection } from '../../../domain/connection';
import type { RejectedItem } from '../../../store';
import type { ApiDependencies } from '../../dependencies';
import { HttpProblem } from '../../problem';
import { fieldsOf } from '../../webhooks/content';
import type { EventHolder, HeldBy } from '../../webhooks/hold-event';
import { NowhereToHold } from '../../webhooks/hold-event';
import { takeEvent } from '../../webhooks/take-event';

/**
 * Reads a rejected webhook once more and makes its event durable. Repeating it changes nothing: the same fields give the same
 * delivery key.
 *
 * @param given the fields as they should have come, or `{ event?, body }` as the list shows it; undefined: as they came.
 * @throws {HttpProblem} 400 when it is still not understood, 409 when it is older than the ledger, 503.
 */
export async function replayRejected(
  deps: Pick<ApiDependencies, 'store' | 'settings'>,
  holder: EventHolder,
  connection: Connection,
  item: RejectedItem,
  given: Record<string, unknown> | undefined,
): Promise<{ callId: string; workflowId: string; heldBy: HeldBy }> {
  const corrected = unwrapped(given);
  const taken = await takeEvent(deps, holder, {
    connection,
    event: eventOf(item, corrected),
    fields: corrected ?? storedFields(item),
    deliveryId: null,
    // An untold start is the time of receipt, and that was then.
    receivedAt: new Date(item.at),
    source: 'replay',
  }).catch((error: unknown) => {
    if (!(error instanceof NowhereToHold)) throw error;
    throw new HttpProblem(503, {
      detail: 'The event can be kept nowhere at the moment. Try again.',
      headers: { 'Retry-After': '5' },
      cause: error,
    });
  });
  if (taken.outcome === 'refused')
    throw new HttpProblem(400, {
      detail: taken.status === 404 ? 'There is no such event.' : 'The webhook is still not understood.',
      errors:
        taken.errors.length > 0
          ? taken.errors
          : [{ field: 'event', message: `must be one of ${callEventKinds.join(', ')}` }],
    });
  if (taken.outcome === 'too-old')
    throw new HttpProblem(409, {
      detail: 'The event is older than the ledger: nobody can say whether its call was handled.',
    });
  await deps.store.rejected.markReplayed(connection.id, item.id);
  const { callId, workflowId, heldBy } = taken;
  return { callId, workflowId, heldBy };
}

/** The form of the list's items is understood too: whoever corrects one has it before him. */
function unwrapped(given: Record<string, unknown> | undefined): Record<string, unknown> | undefined {
  if (given === undefined) return undefined;
  const { body, event, ...others } = given;
  if (typeof body !== 'object' || body === null || Array.isArray(body) || Object.keys(others).length > 0)
    return given;
  return { ...body, ...(typeof event === 'string' && { event }) };
}

/** A corrected `event` beats the one of the address, which may have been the mistake. */
function eventOf(item: RejectedItem, corrected: Record<string, unknown> | undefined): string | null {
  return corrected !== undefined && 'event' in corrected ? null : item.event;
}

function storedFields(item: RejectedItem): Record<string, unknown> {
  const type = item.contentType?.split(';')[0]?.trim().toLowerCase() ?? null;
  const body = Buffer.from(item.body, item.bodyEncoding);
  const query = Object.entries(item.query).map(
    ([name, value]) => [Buffer.from(name), Buffer.from(value)] as const,
  );
  // What came with a media type that nobody takes may still be JSON.
  const looksLikeJson = /^\s*\{/.test(item.bodyEncoding === 'utf8' ? item.body : '');
  return fieldsOf({ type: looksLikeJson ? 'application/json' : type, body, query });
}
