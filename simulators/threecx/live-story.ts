import type { Participant } from './live-phones';
import type { Pbx } from './pbx';
import type { Happening } from './play-options';

/** Moves the phones along with a call, so that Call Control and ActiveCalls show it as it goes. */
export function followOnPhones(pbx: Pbx, happening: Happening): void {
  const { call } = happening.placed;
  const { phones } = pbx;
  const live = phones.calls.find((one) => one.call === call);
  const mine = phones.list().filter((one) => one.callid === call.callid);
  const at = (extension: string | null): Participant | undefined =>
    mine.findLast((one) => one.dn === extension);
  if (live !== undefined) {
    live.changedAt = happening.at;
    live.extension = happening.toExtension ?? happening.extension ?? live.extension;
    if (happening.kind === 'answered') live.establishedAt ??= happening.at;
  }
  switch (happening.kind) {
    case 'started': {
      const { direction } = call;
      phones.calls.push({ call, direction, establishedAt: null, changedAt: happening.at, extension: null });
      if (direction !== 'inbound') phones.upsert(participant(pbx, happening, happening.extension, 'Dialing'));
      break;
    }
    case 'ringing':
      if (at(happening.extension) === undefined)
        phones.upsert(participant(pbx, happening, happening.extension, 'Ringing'));
      break;
    case 'stopped':
      removeAll(pbx, at(happening.extension));
      break;
    case 'answered': {
      const answering = at(happening.extension);
      for (const one of mine) if (one !== answering && one.status === 'Ringing') phones.remove(one);
      if (answering !== undefined) phones.upsert({ ...answering, status: 'Connected' });
      const dialling = mine.find((one) => one.status === 'Dialing' && one !== answering);
      if (dialling !== undefined) phones.upsert({ ...dialling, status: 'Connected' });
      break;
    }
    case 'transferred':
      removeAll(pbx, at(happening.extension));
      if (happening.placed.plan.consultation !== null)
        phones.upsert(participant(pbx, happening, happening.toExtension, 'Connected'));
      break;
    case 'ended':
      removeAll(pbx, ...mine);
      phones.calls.splice(0, phones.calls.length, ...phones.calls.filter((one) => one.call !== call));
      break;
    case 'recording':
      break;
  }
}

function removeAll(pbx: Pbx, ...participants: (Participant | undefined)[]): void {
  for (const one of participants) if (one !== undefined) pbx.phones.remove(one);
}

function participant(
  pbx: Pbx,
  happening: Happening,
  dn: string | null,
  status: Participant['status'],
): Participant {
  const { call, plan } = happening.placed;
  const external = call.direction !== 'internal';
  const dials = status === 'Dialing';
  const other = dials ? (plan.legs[0]?.dn ?? '') : (plan.dialler ?? '');
  const id = pbx.next('participant');
  return {
    id,
    status,
    dn: dn ?? '',
    party_caller_name: call.callerName ?? '',
    party_dn: external ? pbx.directory.trunkDn : other,
    party_caller_id: external ? call.presentedNumber : other,
    party_did: call.did ?? '',
    device_id: `sip:${dn ?? ''}@127.0.0.1:5060;ob`,
    party_dn_type: external ? 'Wexternalline' : 'Wextension',
    direct_control: false,
    originated_by_dn: dials ? (dn ?? '') : external ? pbx.directory.trunkDn : (plan.dialler ?? ''),
    originated_by_type: dials || !external ? 'Wextension' : 'Wexternalline',
    referred_by_dn: happening.kind === 'transferred' ? (happening.extension ?? '') : '',
    referred_by_type: happening.kind === 'transferred' ? 'Wextension' : 'None',
    on_behalf_of_dn: plan.group ?? '',
    on_behalf_of_type: plan.group === null ? 'None' : 'Wspecialmenu',
    callid: call.callid,
    legid: id,
  };
}
