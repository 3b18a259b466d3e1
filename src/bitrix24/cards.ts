import { yesOrNo } from './answer-shapes';
import type { RequestClass, RequestContext } from './contract';
import type { PortalRequests } from './portal-requests';

/**
 * `telephony.externalCall.show` and `.hide` (`bitrix24.md` 5.4): they only push to browsers, so repeating is harmless.
 *
 * @returns false when the call is not open.
 */
export function moveCard(
  requests: PortalRequests,
  context: RequestContext,
  action: 'show' | 'hide',
  card: { bitrix24CallId: string; userIds: number[]; cls: RequestClass },
): Promise<boolean> {
  const { bitrix24CallId, userIds, cls } = card;
  const params = { CALL_ID: bitrix24CallId, ...(userIds.length > 0 ? { USER_ID: userIds } : {}) };
  const method = `telephony.externalCall.${action}`;
  return requests.call(context, { method, params, cls, effect: 'read' }, yesOrNo);
}
