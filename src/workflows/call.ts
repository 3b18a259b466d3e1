import { CancellationScope, condition, patched, setHandler, sleep } from '@temporalio/workflow';
import {
  extensionsWithCard,
  isComplete,
  isUnanswered,
  namedExtensions,
  personToRegister,
  personsWhoTalked,
} from '../domain/call-decisions';
import { decideOutcome } from '../domain/call-outcome';
import type { CallView } from '../domain/call-view';
import { CallDesk } from './call-desk';
import { CallSession } from './call-session';
import type { CallInput } from './messages';
import { callEventSignal, callStateQuery, retryCallSignal } from './messages';
import { justNowMs } from './register-parameters';

/** How long the end waits for facts that are still missing. */
const settleMs = 3_000;
/** How long rings are collected before cards are shown and hidden in one request. */
const cardsMs = 500;
/** How long a report without an id waits for events that name the call. */
const mergeWindowMs = 10_000;

/**
 * One physical call, from the first event to the attached recording. Events arrive in any order and number; the
 * handler only records them and this function, alone, acts:
 *
 * 1. look up who and where, and claim the call;
 * 2. register it for the first person, live, and keep the cards on the right phones;
 * 3. wait for the end, let late facts settle, register now if nobody was there before;
 * 4. finish it for the person who talked last;
 * 5. wait for the recording and attach it.
 *
 * Cancelling the workflow in the UI ends every wait; what was registered is finished all the same, because an open
 * registration would swallow the client's next call.
 */
export async function call(input: CallInput): Promise<CallView> {
  const session = new CallSession(input, patched);
  setHandler(callEventSignal, (event) => session.receive(event));
  setHandler(retryCallSignal, () => {
    session.retries += 1;
  });
  setHandler(callStateQuery, () => session.view());
  const cancelRequested = CancellationScope.current().cancelRequested;
  cancelRequested.catch(() => session.cancel());
  return CancellationScope.nonCancellable(() => tell(session, new CallDesk(session, input)));
}

/** The story itself. */
async function tell(session: CallSession, desk: CallDesk): Promise<CallView> {
  if (session.ref.callId.startsWith('report-'))
    await sleep(desk.scaled(mergeWindowMs), { summary: 'Wait for events that name the call' });
  if (!(await desk.lookUp.prepare(true))) return desk.close();
  if (isToldLate(session))
    await condition(() => session.facts.ended || session.cancelled, desk.scaled(settleMs), {
      summary: 'Wait for the rest of a call told late',
    });

  void desk.passOnAsTheyCome();
  const untilTooLong = desk.startLongestCall();
  while (!session.facts.ended && !untilTooLong.expired && !session.cancelled) {
    const changes = session.changes;
    if (desk.lookUp.needsPrepare() && !(await desk.lookUp.prepare(false))) return desk.close();
    await actLive(session, desk);
    await condition(() => session.changes !== changes || untilTooLong.expired);
  }
  untilTooLong.cancel();

  await settle(session, desk, untilTooLong.expired);
  if (!(await desk.lookUp.prepareAll())) return desk.close();
  if (session.bitrix24CallId === null && isNobodysBusiness(session)) return desk.close();

  if (session.bitrix24CallId === null && !(await desk.register(false))) return desk.close();
  // Told while it was registered.
  if (!(await desk.lookUp.prepareAll())) return desk.close();
  session.outcome = decideOutcome(
    session.facts,
    session.direction,
    personsWhoTalked(session.facts, session.resolutions).length > 0,
  );
  session.decided = true;
  await desk.hideAllCards();
  if (!(await desk.finish())) return desk.close();
  await desk.attachRecording();
  return desk.close();
}

/** The rest of a call that waited in the inbox comes right behind; nobody's card opens for a call that is over. */
function isToldLate(session: CallSession): boolean {
  const last = session.told().at(-1)?.receivedAt;
  return !session.facts.ended && last !== undefined && Date.now() - Date.parse(last) > justNowMs;
}

/** Calls that are never sent: internal ones, those of ignored extensions only, and ids of which nothing was ever told. */
function isNobodysBusiness(session: CallSession): boolean {
  const { facts, resolutions } = session;
  const named = namedExtensions(facts);
  const reason =
    session.direction === 'internal'
      ? 'internal'
      : named.length > 0 && named.every((extension) => resolutions[extension]?.kind === 'ignore')
        ? 'ignored'
        : !facts.ended && named.length === 0 && facts.callerNumber === null
          ? 'nothing-told'
          : null;
  if (reason === null) return false;
  session.mark(reason);
  session.state = 'finished';
  return true;
}

/** Registers the live call when there is somebody to register it for, and moves the cards. */
async function actLive(session: CallSession, desk: CallDesk): Promise<void> {
  const showCard = session.resolved?.rules.showCard ?? 'ring';
  if (session.direction === 'internal' || session.facts.ended) return;
  if (session.bitrix24CallId === null) {
    if (personToRegister(session.facts, session.resolutions, showCard) === null) return;
    await desk.register(true);
    return;
  }
  const wanted = (): string[] => extensionsWithCard(session.facts, session.resolutions, showCard);
  if (!desk.cardsDiffer(wanted())) return;
  if (session.facts.talked.length === 0)
    await sleep(desk.scaled(cardsMs), { summary: 'Collect ringing phones' });
  await desk.moveCards(wanted());
}

/** Gives facts that are still on their way a last chance before anything final is written. */
async function settle(session: CallSession, desk: CallDesk, expired: boolean): Promise<void> {
  if (session.cancelled) return;
  if (expired && !session.facts.ended) {
    session.mark('end-not-told');
    return;
  }
  const waitsForAnswer = isUnanswered(session.facts) && patched('wait-for-an-answer-told-late');
  const isSettled = (): boolean =>
    session.cancelled || (isComplete(session.facts) && !(waitsForAnswer && isUnanswered(session.facts)));
  if (!isSettled())
    await condition(isSettled, desk.scaled(settleMs), { summary: 'Wait for facts still missing' });
  if (session.facts.ended && !session.cancelled) await desk.askCallLog();
}
