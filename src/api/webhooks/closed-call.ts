import type { CallEvent } from '../../domain/call-event';
import { foldFacts } from '../../domain/call-facts';
import { callStart } from '../../domain/call-outcome';

/** When the call began, as far as this one event tells; its receipt stands in for an untold start. */
export function startOf(event: CallEvent): string {
  return callStart(foldFacts([event])) ?? event.receivedAt;
}
