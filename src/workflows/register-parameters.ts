import { personToRegister } from '../domain/call-decisions';
import { bitrix24Type } from '../domain/call-outcome';
import type { RegisterParameters } from '../domain/call-steps';
import type { RecordingView } from '../domain/call-view';
import type { CallSession } from './call-session';

/**
 * What is sent to `register`, decided once: these fields are Bitrix24's dedupe key, so a mapping edited between two
 * attempts must not change them.
 *
 * @param live somebody is at a phone.
 */
export function registerParameters(session: CallSession, live: boolean): RegisterParameters {
  const resolved = session.resolved!;
  const { showCard, anonymousNumber } = resolved.rules;
  const extension = live ? personToRegister(session.facts, session.resolutions, showCard) : session.owner();
  session.registeredExtension = extension;
  const who = extension === null ? undefined : session.resolutions[extension];
  if (who?.kind === 'unmapped') session.mark('unmapped-extension');
  const number = session.facts.callerNumber ?? '';
  if (number === '') session.mark('anonymous');
  const type = bitrix24Type(session.direction, session.facts);
  if (type === 3) session.mark('forwarded');
  return {
    userId: who?.kind === 'person' ? who.userId : fallbackUserId(session),
    phoneNumber: number === '' ? anonymousNumber : number,
    type,
    callStartDate: session.startedAt,
    crmCreate: number === '' ? false : resolved.crmCreate,
    show: opensCard(session),
    lineNumber: resolved.lineNumber,
    externalCallId: `${session.ref.connection}/${session.ref.callId}`,
  };
}

/** An answer that was told so lately is news to the person at the phone, even when the call is over meanwhile. */
export const justNowMs = 60_000;

/**
 * Whether registering opens the call card: while somebody's phone rings or talks, by the rule `showCard`. Once the call
 * is over only when its answer was told just now; calls that are written later open nothing.
 */
export function opensCard(session: CallSession): boolean {
  const { facts, resolutions, answerReceivedAt } = session;
  const { showCard } = session.resolved!.rules;
  if (showCard === 'never') return false;
  // What nobody took opens nothing once it is over.
  const rule = facts.ended ? 'answer' : showCard;
  if (personToRegister(facts, resolutions, rule) === null) return false;
  if (!facts.ended) return true;
  return answerReceivedAt !== null && Date.now() - Date.parse(answerReceivedAt) < justNowMs;
}

/** The line's fallback user, else the connection's. */
export function fallbackUserId(session: CallSession): number {
  const resolved = session.resolved!;
  return resolved.lineFallbackUserId ?? resolved.rules.fallbackUserId;
}

/** Only a call in which somebody talked can have a recording. */
export function recordingAfterFinish(session: CallSession): RecordingView {
  return session.outcome?.answered && session.outcome.durationSeconds > 0
    ? { state: 'waiting', attempts: 0 }
    : { state: 'none', reason: 'not-answered', attempts: 0 };
}
