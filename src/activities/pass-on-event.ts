import { workflowIdFor } from '../domain/call-id';
import type { CallActivities } from '../domain/call-steps';
import type { ActivityDependencies } from './dependencies';

/**
 * Puts an event that belongs to another physical call (a digits-only id that the PBX used again) into the inbox under
 * that call's own id. Idempotent: the inbox keeps one item per call and delivery key.
 */
export function createPassOnEvent({ store }: ActivityDependencies): CallActivities['passOnEvent'] {
  return async ({ connection, event, newCallId }) => {
    await store.inbox.insert(
      {
        connection,
        callId: newCallId,
        workflowId: workflowIdFor(connection, newCallId),
        event,
        receivedAt: event.receivedAt,
        reason: 'passed-on',
      },
      { timeoutMs: 5_000 },
    );
  };
}
