import type { Application } from './access';
import { stripNumber } from './call-parameters';
import { linkCall } from './crm-links';
import type { SentEvent } from './event-sender';
import { ensureLine } from './lines';
import type { OpenCall } from './portal-state';
import type { Portal } from './portal';
import { newCallId } from './register';

/** A person dials a number in the portal. */
export interface ClickToCall {
  userId: number;
  number: string;
  /** May stay empty on the real portal too. */
  lineNumber?: string;
}

/**
 * Registers the call inside the portal, without EXTERNAL_CALL_ID, and sends ONEXTERNALCALLSTART to the application
 * (reference section 7).
 */
export async function clickToCall(
  portal: Portal,
  app: Application,
  { userId, number, lineNumber = '' }: ClickToCall,
): Promise<{ callId: string; sent: SentEvent[] }> {
  const callId = newCallId(portal);
  const stripped = stripNumber(number);
  const line = ensureLine(portal, app.id, lineNumber);
  const { link } = linkCall(portal, callId, stripped, userId, {});
  const call: OpenCall = {
    callId,
    userId,
    number: stripped,
    type: 1,
    dateCreate: portal.clock.now(),
    appId: app.id,
    appName: app.name,
    lineId: line?.id ?? null,
    lineNumber: line?.number ?? null,
    externalCallId: null,
    internal: false,
    crm: link,
    created: [],
    registrations: 1,
  };
  portal.state.openCalls.push(call);
  portal.changes.notify();
  const data = {
    PHONE_NUMBER: number,
    PHONE_NUMBER_INTERNATIONAL: `+${stripped}`,
    EXTENSION: '',
    USER_ID: userId,
    CALL_LIST_ID: 0,
    LINE_NUMBER: lineNumber,
    IS_MOBILE: 0,
    CALL_ID: callId,
    CRM_ENTITY_TYPE: link?.type ?? '',
    CRM_ENTITY_ID: link?.id ?? 0,
  };
  return { callId, sent: await portal.events.emit('ONEXTERNALCALLSTART', data, app.id) };
}
