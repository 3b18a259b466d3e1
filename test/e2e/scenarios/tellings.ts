import type { ExpectedCall, PlayOptions, Source } from '../../../simulators/threecx/play-options';
import { users } from '../lab';

/** The user of the connection's rules, and of its mapped line. */
const fallbackUserId = 1;

/** Which sources are set up in 3CX, and what they together cannot know. */
export interface Telling {
  name: string;
  sources: Source[];
  options?: Partial<PlayOptions>;
  /** No source names the number that the client dialled. */
  withoutDid?: true;
  /** No source says who rang when nobody answered. */
  withoutRinging?: true;
  /** An end without talk has one word for all reasons: a busy line looks like a missed call. */
  withoutReason?: true;
  /** Several persons talked and no source says in which order: any of them may own the call. */
  withoutOrder?: true;
  /** No source tells the start of the call; it is the time of receipt. */
  withoutStart?: true;
}

/** The sets of sources that users set up, each alone and in the mixes that make sense. */
export const tellings: Telling[] = [
  { name: 'webhooks', sources: ['webhooks'] },
  { name: 'a form at the answer and the end', sources: ['answer-end-form'], withoutRinging: true },
  { name: 'a webhook add-on', sources: ['add-on'], withoutReason: true, withoutStart: true },
  { name: 'the CRM template', sources: ['report'], withoutDid: true, withoutReason: true },
  { name: 'a call flow and the CRM template', sources: ['cfd', 'report'], withoutReason: true },
  { name: 'webhooks and the CRM template', sources: ['webhooks', 'report'] },
  {
    name: 'a call flow and the CRM template that reports each agent',
    sources: ['cfd', 'report'],
    options: { reports: 'per-agent' },
    withoutReason: true,
    withoutOrder: true,
  },
  {
    name: 'the CRM template that reports each agent',
    sources: ['report'],
    options: { reports: 'per-agent' },
    withoutDid: true,
    withoutReason: true,
    withoutOrder: true,
  },
  {
    name: 'webhooks and the CRM template that reports each agent',
    sources: ['webhooks', 'report'],
    options: { reports: 'per-agent' },
  },
  {
    name: 'a call flow, an add-on and the CRM template',
    sources: ['cfd', 'add-on', 'report'],
    withoutReason: true,
    withoutStart: true,
  },
];

/** What the portal must show of one call. */
export interface ExpectedRow {
  userIds: number[];
  number: string;
  lineNumber: string | null;
  type: 1 | 2;
  statusCode: string;
  durationSeconds: number;
  /** Unix milliseconds of the whole second; null: no source told it. */
  startedAt: number | null;
}

/**
 * What the portal must show of a call that was told by these sources.
 *
 * @param persons those who talked, in scenarios where several do, or whose phones rang in the same moment.
 */
export function expectedRow(call: ExpectedCall, telling: Telling, persons: string[]): ExpectedRow {
  const userOf = (extension: string | undefined | null): number => users[extension ?? ''] ?? fallbackUserId;
  const isOpen =
    persons.length > 1 &&
    (call.extension === null ? telling.withoutRinging !== true : telling.withoutOrder === true);
  const owner = call.extension ?? (telling.withoutRinging === true ? null : call.rang[0]);
  return {
    userIds: isOpen ? persons.map(userOf) : [userOf(owner)],
    number: call.callerNumber === '' ? '000' : call.callerNumber,
    lineNumber: telling.withoutDid === true ? null : call.did,
    type: call.direction === 'outbound' ? 1 : 2,
    statusCode: statusCode(call, telling),
    durationSeconds: call.durationSeconds,
    startedAt: telling.withoutStart === true ? null : Math.floor(Date.parse(call.startedAt) / 1000) * 1000,
  };
}

function statusCode({ status, direction }: ExpectedCall, { withoutReason }: Telling): string {
  if (status === 'answered') return '200';
  if (withoutReason === true) return direction === 'outbound' ? '480' : '304';
  return { missed: '304', busy: '486', cancelled: '603-S' }[status ?? 'missed'];
}
