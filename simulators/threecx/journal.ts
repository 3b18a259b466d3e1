import { lastTalker, talkSeconds } from './expected-call';
import type { Pbx } from './pbx';
import type { PlacedCall } from './place-call';
import { clockDuration, localText } from './pbx-time';

/** The variables of the call journal that a CRM template may use, as text (3cx.md 1.4). There is no call id and no DID. */
export interface Journal {
  CallType: 'Inbound' | 'Outbound' | 'Missed' | 'Notanswered';
  CallDirection: 'Inbound' | 'Outbound';
  Number: string;
  Name: string;
  EntityId: string;
  EntityType: string;
  Agent: string;
  AgentFirstName: string;
  AgentLastName: string;
  AgentEmail: string;
  QueueExtension: string;
  /** `hh:mm:ss` */
  Duration: string;
  DurationSeconds: number;
  /** PBX-local, in its culture. */
  DateTime: string;
  CallStartTimeLocal: string;
  CallStartTimeUTC: string;
  /** Empty when nobody answered: formatting it then fails the request. */
  CallEstablishedTimeLocal: string;
  CallEstablishedTimeUTC: string;
  CallEndTimeLocal: string;
  CallEndTimeUTC: string;
}

/** The phones for which a call is reported: the last talker or first one that rang, or all of them. */
export function reportedExtensions(placed: PlacedCall, reports: 'one' | 'per-agent'): string[] {
  const { plan } = placed;
  const talked = plan.legs
    .filter((leg) => leg.to !== 'group' && leg.answerS !== null)
    .map((leg) => (leg.to === 'extension' ? leg.dn : (plan.dialler ?? '')));
  const rang = plan.legs
    .filter((leg) => leg.to !== 'group')
    .map((leg) => (leg.to === 'extension' ? leg.dn : (plan.dialler ?? '')));
  const all = [...new Set(talked.length > 0 ? talked : rang)];
  if (reports === 'per-agent') return all.length > 0 ? all : [''];
  return [lastTalker(placed) ?? all[0] ?? ''];
}

/** Fills the journal for one phone. Instants are whole seconds in `yyyy-MM-ddTHH:mm:ssZ`, as templates should format them. */
export function journalOf(pbx: Pbx, placed: PlacedCall, extension: string): Journal {
  const { call, plan } = placed;
  const person = pbx.directory.extensions.find((one) => one.number === extension);
  const answered = plan.status === 'answered';
  const outbound = call.direction === 'outbound';
  const established = call.legs.find((leg) => leg.destination.kind !== 'group')?.answeredAt ?? null;
  const utc = (atMs: number | null): string =>
    atMs === null ? '' : `${new Date(atMs).toISOString().slice(0, 19)}Z`;
  const local = (atMs: number | null): string => (atMs === null ? '' : localText(pbx.timeZone, atMs));
  const seconds = talkSeconds(placed);
  const queue = pbx.directory.groups.find((one) => one.number === plan.group && one.kind === 'queue');
  return {
    CallType: answered ? (outbound ? 'Outbound' : 'Inbound') : outbound ? 'Notanswered' : 'Missed',
    CallDirection: outbound ? 'Outbound' : 'Inbound',
    Number: call.direction === 'internal' ? (plan.dialler ?? '') : call.presentedNumber,
    Name: call.callerName ?? '',
    EntityId: '',
    EntityType: '',
    Agent: extension,
    AgentFirstName: person?.firstName ?? '',
    AgentLastName: person?.lastName ?? '',
    AgentEmail: person?.email ?? '',
    QueueExtension: queue?.number ?? '',
    Duration: clockDuration(seconds),
    DurationSeconds: seconds,
    DateTime: american(local(call.startedAt)),
    CallStartTimeLocal: local(call.startedAt),
    CallStartTimeUTC: utc(call.startedAt),
    CallEstablishedTimeLocal: local(established),
    CallEstablishedTimeUTC: utc(established),
    CallEndTimeLocal: local(call.endedAt),
    CallEndTimeUTC: utc(call.endedAt),
  };
}

/** Month/day/year with a 24-hour clock, a culture that was observed (3cx.md 1.4). */
function american(iso: string): string {
  const [, year = '', month = '', day = '', time = ''] = /^(\d+)-(\d+)-(\d+)T(.*)$/.exec(iso) ?? [];
  return `${month}/${day}/${year} ${time}`;
}
