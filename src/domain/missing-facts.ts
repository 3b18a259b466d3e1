import type { CallFacts } from './call-facts';
import { namedExtensions } from './call-decisions';
import type { MissingFact } from './reconcile-steps';

/** What the call log of the PBX could add to a call that has ended; internal calls need nothing. */
export function missingFacts(facts: CallFacts): MissingFact[] {
  if (facts.direction === 'internal') return [];
  const missing: MissingFact[] = [];
  if (facts.direction !== 'outbound' && facts.did === null) missing.push('did');
  if (namedExtensions(facts).length === 0) missing.push('extension');
  if (facts.callerNumber === null) missing.push('number');
  return missing;
}
