import type { Bitrix24StatusCode, CallEvent, Direction } from './call-event';
import { bitrix24StatusCodes } from './call-event';
import type { CallFacts } from './call-facts';

/** How a call ended, in Bitrix24's terms. */
export interface CallOutcome {
  statusCode: Bitrix24StatusCode;
  /** Seconds of talk; 0 unless somebody talked. */
  durationSeconds: number;
  answered: boolean;
}

/** Status codes by word, `bitrix24.md` section 9; an outbound call that nobody took is 480, not a missed call. */
const codeOfWord: Record<Exclude<CallEvent['status'], undefined | Bitrix24StatusCode>, Bitrix24StatusCode> = {
  answered: '200',
  missed: '304',
  busy: '486',
  declined: '603',
  cancelled: '603-S',
  failed: 'OTHER',
};

/**
 * Decides status and talk time at the end of a call. A told status wins; otherwise talk time or an answer means 200
 * and anything else means that nobody took the call. Somebody who did not talk has no talk time, whatever was told:
 * Bitrix24 takes any duration above zero for a conversation.
 *
 * @param personTalked whether an extension that is a person took the call (a queue or IVR that picks up is nobody).
 */
export function decideOutcome(facts: CallFacts, direction: Direction, personTalked: boolean): CallOutcome {
  const measured = measuredTalkSeconds(facts);
  const told = facts.status === null || facts.status === undefined ? null : toCode(facts.status, direction);
  const talked = personTalked || facts.forwarded || (facts.durationSeconds ?? 0) > 0;
  const statusCode = told ?? (talked ? '200' : noAnswerCode(direction));
  const answered = statusCode === '200';
  return { statusCode, answered, durationSeconds: answered ? (facts.durationSeconds ?? measured ?? 0) : 0 };
}

/**
 * Bitrix24's coding of the direction, which is the other way round than 3CX's: 1 outgoing, 2 incoming, 3 incoming and
 * forwarded (`bitrix24.md` section 9). 3 stands for a talk only: the portal marks no activity of a forwarded call as missed.
 */
export function bitrix24Type(
  direction: Direction,
  { forwarded, status }: Pick<CallFacts, 'forwarded' | 'status'>,
): 1 | 2 | 3 {
  if (direction === 'outbound') return 1;
  const talked = status === null || status === undefined || toCode(status, direction) === '200';
  return forwarded && talked ? 3 : 2;
}

/** The start as it was told; else what can be computed from the end; else when the call was first heard of. */
export function callStart(facts: CallFacts): string | null {
  if (facts.startedAt !== null) return facts.startedAt;
  if (facts.answeredAt !== null) return facts.answeredAt;
  if (facts.endedAt !== null && facts.durationSeconds !== null)
    return shiftSeconds(facts.endedAt, -facts.durationSeconds);
  return facts.firstSeenAt;
}

function toCode(status: NonNullable<CallEvent['status']>, direction: Direction): Bitrix24StatusCode {
  if (status === 'missed') return noAnswerCode(direction);
  const code = bitrix24StatusCodes.find((known) => known === status);
  return code ?? codeOfWord[status as keyof typeof codeOfWord];
}

function noAnswerCode(direction: Direction): Bitrix24StatusCode {
  return direction === 'outbound' ? '480' : '304';
}

function measuredTalkSeconds(facts: CallFacts): number | null {
  const from = facts.answeredAt ?? facts.answerHeardAt;
  const to = facts.endedAt ?? facts.endHeardAt;
  if (from === null || to === null) return null;
  return Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1000));
}

/** Moves an ISO instant and keeps its offset. */
function shiftSeconds(instant: string, seconds: number): string {
  const offset = /(Z|[+-]\d\d:\d\d)$/.exec(instant)?.[1] ?? 'Z';
  const offsetMs = offset === 'Z' ? 0 : offsetMinutes(offset) * 60_000;
  const local = new Date(Date.parse(instant) + seconds * 1000 + offsetMs).toISOString();
  return local.replace(/\.000Z$/, 'Z').replace(/Z$/, offset);
}

function offsetMinutes(offset: string): number {
  const [hours, minutes] = offset.slice(1).split(':').map(Number);
  return (offset.startsWith('-') ? -1 : 1) * ((hours ?? 0) * 60 + (minutes ?? 0));
}
