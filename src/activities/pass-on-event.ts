import { workflowIdFor } from '../domain/call-id';
import type { CallActivities } from '../domain/call-steps';
import type { ActivityDependencies } from './dependencies';

/**
 * Puts an event into the inbox under the id of the call where it belongs: a later one under a digits-only id that the PBX
 * used again, or the one that this call was merged into. Idempotent: the inbox keeps one item per call and delivery key.
 */
export function createPassOnEvent({ store }: ActivityDependencies): CallActivities['passOnEvent'] {
  return async ({ connection, event, newCallId, merged }) => {
    await store.inbox.insert(
      {
        connection,
        callId: newCallId,
        workflowId: workflowIdFor(connection, newCallId),
        event,
        receivedAt: event.receivedAt,
        // The later call of a reused id is found by its start; the call that won a claim is named exactly.
        reason: merged === true ? 'merged' : 'passed-on',
      },
      { timeoutMs: 5_000 },
    );
  };
}
