import { z } from 'zod';

/** A phone in a call as Call Control shows it (3cx.md 3.1), as far as it matters here. */
export interface Participant {
  /** DN and participant id: unique until the PBX restarts. */
  key: string;
  dn: string;
  /** Integer call number; the same on every phone of one call, starts again with the PBX. */
  callNumber: number;
  status: 'dialing' | 'ringing' | 'connected';
  /** `outside`: a trunk; `inside`: another extension; `other`: a queue, an IVR, or not told. */
  party: 'outside' | 'inside' | 'other';
  /** As the PBX writes it; empty when hidden. */
  number: string;
  did: string;
  originatedBy: { dn: string; outside: boolean };
  referredBy: string;
}

/** One DN with its phones in calls. */
export interface DnState {
  dn: string;
  /** `Wextension`, `Wroutepoint`, …; empty when not told. */
  type: string;
  participants: Participant[];
}

const text = z.string().nullish().catch(undefined);
const participantSchema = z.object({
  id: z.number().int(),
  dn: z.string().min(1).max(64),
  callid: z.number().int().nonnegative(),
  status: z.string(),
  party_dn: text,
  party_dn_type: text,
  party_caller_id: text,
  party_did: text,
  originated_by_dn: text,
  originated_by_type: text,
  referred_by_dn: text,
});
const dnStateSchema = z.object({
  dn: z.string().min(1).max(64),
  type: text,
  participants: z.array(z.unknown()).nullish(),
});

const statuses: Record<string, Participant['status']> = {
  dialing: 'dialing',
  ringing: 'ringing',
  connected: 'connected',
};

/** Reads one participant; null for what is none, or in a state that says nothing about the call. */
export function readParticipant(body: unknown): Participant | null {
  const read = participantSchema.safeParse(body);
  if (!read.success) return null;
  const { data } = read;
  const status = statuses[data.status.toLowerCase()];
  if (status === undefined) return null;
  return {
    key: participantKey(data.dn, data.id),
    dn: data.dn,
    callNumber: data.callid,
    status,
    party: partyOf(data.party_dn_type ?? ''),
    number: data.party_caller_id ?? '',
    did: data.party_did ?? '',
    originatedBy: { dn: data.originated_by_dn ?? '', outside: isOutside(data.originated_by_type ?? '') },
    referredBy: data.referred_by_dn ?? '',
  };
}

/** Reads what `GET /callcontrol` answers; null when it is no list of DNs. */
export function readDnStates(body: unknown): DnState[] | null {
  const read = z.array(dnStateSchema).safeParse(body);
  if (!read.success) return null;
  return read.data.map(({ dn, type, participants }) => ({
    dn,
    type: type ?? '',
    participants: (participants ?? []).map(readParticipant).filter((one) => one !== null),
  }));
}

/** How a participant is told apart from all others. */
export function participantKey(dn: string, id: number | string): string {
  return `${dn}/${id}`;
}

/** Whether a DN is a person's: route points, queues, ring groups and IVRs are not. Types not told count as persons'. */
export function isPersonDn(type: string): boolean {
  return type === '' || /extension$/i.test(type);
}

function partyOf(type: string): Participant['party'] {
  if (isOutside(type)) return 'outside';
  return /extension$/i.test(type) ? 'inside' : 'other';
}

function isOutside(type: string): boolean {
  return /externalline$/i.test(type);
}
