import { parseAddress } from './address';
import type { Method, MethodCall } from './method';
import { phpInt, phpString } from './php';
import { RestError, accessDenied } from './rest-error';

const known = [
  'ONEXTERNALCALLSTART',
  'ONEXTERNALCALLBACKSTART',
  'ONVOXIMPLANTCALLINIT',
  'ONVOXIMPLANTCALLSTART',
  'ONVOXIMPLANTCALLEND',
  'ONAPPINSTALL',
  'ONAPPUNINSTALL',
  'ONAPPUPDATE',
];

function appOf(call: MethodCall): number {
  if (call.caller.appId === null) throw accessDenied('Application context required');
  return call.caller.appId;
}

/** event.*: handlers of the calling application; a webhook has none (reference section 7). */
export const eventMethods: Record<'bind' | 'get' | 'unbind', Method> = {
  bind: {
    scopes: [],
    run: (portal, call) => {
      const appId = appOf(call);
      const event = phpString(call.params['event']).toUpperCase();
      const handler = phpString(call.params['handler']);
      if (!known.includes(event)) throw new RestError(400, 'ERROR_EVENT_NOT_FOUND', 'Event not found');
      if (!/^https?:$/.test(parseAddress(handler)?.protocol ?? '')) {
        throw new RestError(400, 'ERROR_ARGUMENT', "Argument 'handler' is null or empty");
      }
      const authType = phpInt(call.params['auth_type']);
      if (
        portal.state.bindings.some(
          (one) => one.appId === appId && one.event === event && one.handler === handler,
        )
      ) {
        throw new RestError(400, 'ERROR_EVENT_BINDING_EXISTS', 'Handler already binded');
      }
      portal.state.bindings.push({ id: portal.nextId('binding'), event, handler, authType, appId });
      portal.changes.notify();
      return { result: true };
    },
  },
  get: {
    scopes: [],
    run: (portal, call) => {
      const appId = appOf(call);
      const own = portal.state.bindings.filter((one) => one.appId === appId);
      return {
        result: own.map((one) => ({
          event: one.event,
          handler: one.handler,
          auth_type: String(one.authType),
          offline: 0,
        })),
      };
    },
  },
  unbind: {
    scopes: [],
    run: (portal, call) => {
      const appId = appOf(call);
      const event = phpString(call.params['event']).toUpperCase();
      const handler = phpString(call.params['handler']);
      const before = portal.state.bindings.length;
      portal.state.bindings = portal.state.bindings.filter(
        (one) => one.appId !== appId || one.event !== event || one.handler !== handler,
      );
      portal.changes.notify();
      return { result: { count: before - portal.state.bindings.length } };
    },
  },
};
