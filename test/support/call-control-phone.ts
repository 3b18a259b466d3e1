import type { Participant } from '../../src/threecx/call-control/participant';
import { readParticipant } from '../../src/threecx/call-control/participant';

/** A phone in an inbound call from a trunk, as Call Control shows it, with changes. */
export function phone(change: Record<string, unknown>): Participant {
  const participant = readParticipant({
    id: 1,
    status: 'Ringing',
    dn: '101',
    party_dn: '10000',
    party_caller_id: '+79161234567',
    party_did: '74951234567',
    party_dn_type: 'Wexternalline',
    originated_by_dn: '10000',
    originated_by_type: 'Wexternalline',
    referred_by_dn: '',
    callid: 1,
    legid: 1,
    ...change,
  });
  if (participant === null) throw new Error('this is no participant');
  return participant;
}
