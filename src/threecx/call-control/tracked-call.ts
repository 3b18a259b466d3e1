import type { CallEvent } from '../../domain/call-event';
import { liveCallId } from '../../domain/pbx-call';
import type { Participant } from './participant';

/**
 * When several talked and the talker leaves, the others may just be leaving too: only who stays for so long has been handed
 * the call.
 */
const handOverMs = 1_000;

/** One phone of a call. */
export interface TrackedPhone {
  dn: string;
  status: Participant['status'];
  /** Since when it has been connected; null: it is not. */
  connectedAtMs: number | null;
  /** The outside number that it showed last; absent: none. */
  outside?: string;
}

/** What is known of one call. Plain data: it is kept for whoever watches next. Instants in Unix milliseconds, our clock. */
export interface TrackedCall {
  /** `{callid}~{start}`; the workflow may run under another id of the same call. */
  id: string;
  /** The PBX's number; several when an attended transfer joined the consultation to the call. */
  callNumbers: number[];
  startedAtMs: number;
  /** Null: only extensions so far, so nothing is told of it. */
  direction: 'inbound' | 'outbound' | null;
  /** Digits; empty: hidden. */
  callerNumber: string;
  did: string;
  phones: Record<string, TrackedPhone>;
  /** Extensions that rang or dialled, and when first. */
  rang: Record<string, number>;
  /** Who talks, or talked last. */
  talker: string | null;
  answeredAtMs: number | null;
  /** Talk that is over, and since when the present one goes on. */
  talkMs: number;
  talkingSinceMs: number | null;
  transfers: number;
  /** Since when the talker has been gone while somebody goes on who was in the call with him. */
  handedOnAtMs: number | null;
  /** Since when no phone is left; the call is over when it stays so. */
  quietSinceMs: number | null;
  /** How often its end was told; more than once only when it came back after the grace. */
  ends: number;
}

/** A call of which the first phone was just seen. */
export function newCall(callNumber: number, atMs: number): TrackedCall {
  return {
    id: liveCallId(callNumber, atMs),
    callNumbers: [callNumber],
    startedAtMs: atMs,
    direction: null,
    callerNumber: '',
    did: '',
    phones: {},
    rang: {},
    talker: null,
    answeredAtMs: null,
    talkMs: 0,
    talkingSinceMs: null,
    transfers: 0,
    handedOnAtMs: null,
    quietSinceMs: null,
    ends: 0,
  };
}

/**
 * Sets one phone. A connected phone does not ring again: what says so is an older state that came late.
 *
 * @param outside the outside number that it shows; empty: none.
 */
export function setPhone(
  call: TrackedCall,
  { key, dn, status }: Participant,
  outside: string,
  atMs: number,
): void {
  const known = call.phones[key];
  const shown = outside === '' ? known?.outside : outside;
  const isTalking = known?.status === 'connected';
  call.phones[key] = {
    ...(isTalking ? known : { dn, status, connectedAtMs: status === 'connected' ? atMs : null }),
    ...(shown !== undefined && { outside: shown }),
  };
}

/** Brings the call up to date with its phones; the answer is what there is to tell. */
export function progress(call: TrackedCall, atMs: number): CallEvent[] {
  if (call.direction === null) return [];
  const told: CallEvent[] = [];
  const phones = Object.values(call.phones);
  for (const { dn, status } of phones) {
    if (status === 'connected' || dn in call.rang) continue;
    call.rang[dn] = atMs;
    told.push(eventOf(call, 'call-ringing', atMs, `ringing/${dn}`, { extension: dn, at: iso(atMs) }));
  }
  const talkers = talkersOf(call);
  countTalk(call, talkers.length > 0, atMs);
  const [first] = talkers;
  if (first === undefined || talkers.some(({ dn }) => dn === call.talker)) {
    call.handedOnAtMs = null;
  } else if (call.talker === null) {
    call.talker = first.dn;
    call.answeredAtMs = atMs;
    told.push(eventOf(call, 'call-answered', atMs, 'answered', { extension: first.dn }));
  } else if (call.handedOnAtMs === null && talkers.every(({ connectedAtMs }) => connectedAtMs === atMs)) {
    told.push(handOn(call, call.talker, first.dn, atMs, atMs));
  } else {
    call.handedOnAtMs ??= atMs;
  }
  call.quietSinceMs = phones.length > 0 ? null : (call.quietSinceMs ?? atMs);
  return told;
}

/** Tells what had to wait: who of several has the call now. */
export function settle(call: TrackedCall, nowMs: number): CallEvent[] {
  const { handedOnAtMs, talker } = call;
  if (handedOnAtMs === null || nowMs - handedOnAtMs < handOverMs) return [];
  call.handedOnAtMs = null;
  const [next] = talkersOf(call);
  return next === undefined || talker === null ? [] : [handOn(call, talker, next.dn, handedOnAtMs, nowMs)];
}

/** The end, at the instant at which the last phone had gone. */
export function tellEnd(call: TrackedCall, nowMs: number): CallEvent {
  const endedAtMs = call.quietSinceMs ?? nowMs;
  const extension = call.talker ?? firstWhoRang(call);
  call.ends += 1;
  return eventOf(call, 'call-ended', nowMs, `ended/${call.ends}`, {
    ...(extension !== undefined && { extension }),
    endedAt: iso(endedAtMs),
    durationSeconds: Math.floor(call.talkMs / 1000),
    status: call.answeredAtMs === null ? 'missed' : 'answered',
  });
}

/** The DNs of the phones that are in the call now. */
export function dnsIn(call: TrackedCall): string[] {
  return Object.values(call.phones).map(({ dn }) => dn);
}

/** Phones that rang at once are put into an order that does not depend on which message came first. */
function firstWhoRang({ rang }: TrackedCall): string | undefined {
  return Object.entries(rang).sort(([a, aMs], [b, bMs]) => aMs - bMs || byText(a, b))[0]?.[0];
}

function byText(a: string, b: string): number {
  return a < b ? -1 : 1;
}

/** Who talks, longest first. */
function talkersOf({ phones }: TrackedCall): TrackedPhone[] {
  return Object.values(phones)
    .filter((phone) => phone.connectedAtMs !== null)
    .sort((a, b) => (a.connectedAtMs ?? 0) - (b.connectedAtMs ?? 0) || byText(a.dn, b.dn));
}

function handOn(
  call: TrackedCall,
  extension: string,
  toExtension: string,
  atMs: number,
  receivedAtMs: number,
): CallEvent {
  call.transfers += 1;
  call.talker = toExtension;
  const key = `transferred/${call.transfers}/${toExtension}`;
  return eventOf(call, 'call-transferred', receivedAtMs, key, { extension, toExtension, at: iso(atMs) });
}

function countTalk(call: TrackedCall, talking: boolean, atMs: number): void {
  if (talking) {
    call.talkingSinceMs ??= atMs;
    return;
  }
  if (call.talkingSinceMs === null) return;
  call.talkMs += Math.max(0, atMs - call.talkingSinceMs);
  call.talkingSinceMs = null;
}

/** Every event tells all that is known, so that a lost one takes nothing with it. The key is the same whoever watches. */
function eventOf(
  call: TrackedCall,
  event: CallEvent['event'],
  receivedAtMs: number,
  key: string,
  facts: Partial<CallEvent>,
): CallEvent {
  return {
    event,
    deliveryKey: `call-control/${call.id}/${key}`,
    receivedAt: iso(receivedAtMs),
    source: 'call-control',
    direction: call.direction ?? 'inbound',
    callerNumber: call.callerNumber,
    ...(call.did !== '' && { did: call.did }),
    startedAt: iso(call.startedAtMs),
    ...(call.answeredAtMs !== null && { answeredAt: iso(call.answeredAtMs) }),
    ...facts,
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
