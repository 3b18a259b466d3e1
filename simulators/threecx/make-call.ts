import type { Pbx } from './pbx';
import { Refusal } from './pbx-request';
import type { Participant } from './live-phones';
import { emptyAnswer, jsonAnswer } from './wire';
import type { WireAnswer } from './wire';

/** `POST /callcontrol/{dn}/makecall`: the phone dials; nobody ever answers unless the harness says so (3cx.md 3.1). */
export function makeCall(pbx: Pbx, dn: string, body: unknown): WireAnswer {
  const destination =
    typeof body === 'object' && body !== null ? (body as Record<string, unknown>)['destination'] : undefined;
  if (typeof destination !== 'string' || destination === '')
    throw new Refusal(emptyAnswer(422), 'destination');
  const id = pbx.next('participant');
  const participant: Participant = {
    id,
    status: 'Dialing',
    dn,
    party_caller_name: '',
    party_dn: pbx.directory.trunkDn,
    party_caller_id: destination,
    party_did: '',
    device_id: `sip:${dn}@127.0.0.1:5060;ob`,
    party_dn_type: 'Wexternalline',
    direct_control: false,
    originated_by_dn: dn,
    originated_by_type: 'Wextension',
    referred_by_dn: '',
    referred_by_type: 'None',
    on_behalf_of_dn: '',
    on_behalf_of_type: 'None',
    callid: pbx.next('callid'),
    legid: 1,
  };
  pbx.phones.upsert(participant);
  return jsonAnswer(200, { finalstatus: 'Success', reason: 'None', result: participant, reasontext: '' });
}
