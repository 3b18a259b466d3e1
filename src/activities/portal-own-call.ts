import type { RequestContext } from '../bitrix24/contract';
import type { CallRef, RegisterParameters } from '../domain/call-steps';
import type { ActivityDependencies } from './dependencies';

/** A card that stays open is a nuisance, no more. */
const hideMs = 5_000;

/** Set on calls that go on under the CALL_ID of a click. */
export const clickToCallMark = 'click-to-call';

/**
 * The CALL_ID under which Bitrix24 registered this outgoing call by itself when its user clicked the number
 * (`bitrix24.md` section 7), so that it is not registered a second time. Null: nobody clicked.
 *
 * @param onlyKnown answers only what was decided before: a call that may be registered already takes no other CALL_ID.
 */
export async function portalOwnCall(
  { store }: Pick<ActivityDependencies, 'store'>,
  { connection }: Pick<RequestContext, 'connection'>,
  { callId }: Pick<CallRef, 'callId'>,
  { type, userId, phoneNumber, callStartDate: startedAt }: RegisterParameters,
  { onlyKnown }: { onlyKnown: boolean },
): Promise<string | null> {
  // The portal tells of clicks to applications only.
  if (type !== 1 || connection.bitrix24.auth.kind !== 'application') return null;
  if (onlyKnown) return store.pendingCalls.claimed(connection.id, callId);
  const callerHash = store.hashNumber(connection.id, phoneNumber);
  return store.pendingCalls.claim({ connection: connection.id, callId, userId, callerHash, startedAt });
}

/**
 * After the end of an outgoing call: a click that the portal told of only after the call was registered has left a second
 * open call there. It is never finished, for that would write the call twice; unfinished it leaves no trace. It is
 * taken out of the way of the user's next call to the number, and its card is closed. Never throws.
 */
export async function closeLateClick(
  deps: Pick<ActivityDependencies, 'store' | 'bitrix24' | 'log'>,
  context: RequestContext,
  ref: Pick<CallRef, 'callId'>,
  register: RegisterParameters,
  finishedCallId: string,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, hideMs);
  });
  const close = async (): Promise<void> => {
    const clicked = await portalOwnCall(deps, context, ref, register, { onlyKnown: false });
    if (clicked === null || clicked === finishedCallId) return;
    await deps.bitrix24.hide(context, clicked, [register.userId]);
  };
  const closed = close().catch((error: unknown) => {
    deps.log.debug({ err: error, callId: ref.callId }, 'The card of a click stayed open');
  });
  await Promise.race([closed, late]);
  clearTimeout(timer);
}
