import type { Method } from './method';
import { phpInt, phpList, phpString } from './php';

/** show and hide: push the card to browsers; false, with HTTP 200, when the call is not open (reference section 5.4). */
function cardMethod(action: 'show' | 'hide'): Method {
  return {
    scopes: ['telephony'],
    run: (portal, { params }) => {
      const open = portal.state.openCalls.find((call) => call.callId === phpString(params['CALL_ID']));
      if (open === undefined) return { result: false };
      const named = phpList(params['USER_ID'])
        .map(phpInt)
        .filter((id) => id > 0);
      for (const userId of named.length > 0 ? named : [open.userId])
        portal.pushCard(open.callId, userId, action, action);
      portal.changes.notify();
      return { result: true };
    },
  };
}

/** telephony.externalCall.show */
export const show = cardMethod('show');

/** telephony.externalCall.hide */
export const hide = cardMethod('hide');
