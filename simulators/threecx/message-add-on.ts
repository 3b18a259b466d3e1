import { lastTalker, talkSeconds } from './expected-call';
import type { Draft, MessageContext } from './message-parts';
import type { PbxCall } from './pbx-state';
import { localText, minuteDuration } from './pbx-time';
import type { Happening } from './play-options';

const publicNames: Record<string, string> = {
  ringing: 'call-ringing',
  dialing: 'call-ringing',
  pickupincoming: 'call-answered',
  pickupoutgoing: 'call-answered',
  incoming: 'call-ended',
  outgoing: 'call-ended',
  recording: 'recording-ready',
};

/** A third-party webhook generator on the PBX's host (3cx.md 3.3): GET or POST, keys of its own, `chid` is the history id. */
export function addOnMessages(happening: Happening, { pbx, options }: MessageContext): Draft[] {
  const { call } = happening.placed;
  const own = ownName(happening);
  if (own === null) return [];
  const talkedLast = lastTalker(happening.placed);
  const ended = happening.kind === 'ended';
  const person = happening.toExtension ?? happening.extension ?? talkedLast ?? '';
  const fields: Record<string, unknown> = {
    callerid: call.presentedNumber,
    user: ended ? (talkedLast ?? person) : person,
    usertype: 'ext',
    did: call.did ?? '',
    inbound_did: call.did ?? '',
    id: partId(pbx.timeZone, call, happening),
    chid: call.historyId,
    transfer: happening.kind === 'transferred' ? '1' : '0',
    trtype: 'external',
    ...(ended && {
      finishtype: talkedLast === null ? 'Missed' : 'Ok',
      duration: minuteDuration(talkSeconds(happening.placed)),
      breakside: 'client',
    }),
    ...(happening.recording !== null && {
      FILES: [`/webapi/recording/${partId(pbx.timeZone, call, happening)}.mp3`],
    }),
    // The public names say the direction by their field, the own ones by the event.
    ...(options.addOnEvents === 'public' && { direction: call.direction }),
  };
  const event = options.addOnEvents === 'public' ? (publicNames[own] ?? own) : own;
  const named = options.addOnCapitals === true ? capitals(fields) : fields;
  return [{ event, transport: options.transport ?? 'get', fields: named }];
}

function ownName({ kind, placed, recording }: Happening): string | null {
  const { direction } = placed.call;
  if (direction === 'internal') return null;
  const incoming = direction === 'inbound';
  switch (kind) {
    case 'ringing':
      return incoming ? 'ringing' : 'dialing';
    case 'answered':
      return incoming ? 'pickupincoming' : 'pickupoutgoing';
    case 'transferred':
      // After a blind transfer the pick-up comes by itself.
      if (placed.plan.consultation === null) return null;
      return incoming ? 'pickupincoming' : 'pickupoutgoing';
    case 'ended':
      return incoming ? 'incoming' : 'outgoing';
    case 'recording':
      return recording === null ? null : 'recording';
    default:
      return null;
  }
}

/** e.g. `250917161728_41-0`: local start, integer callid, a part that grows when the call is picked up. */
function partId(timeZone: string, call: PbxCall, happening: Happening): string {
  const start = localText(timeZone, call.startedAt).replace(/\D/g, '').slice(2);
  const pickups = call.legs.filter((leg) => (leg.answeredAt ?? Infinity) <= happening.at).length;
  return `${start}_${call.callid}-${pickups}`;
}

function capitals(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name.slice(0, 1).toUpperCase() + name.slice(1), value]),
  );
}
