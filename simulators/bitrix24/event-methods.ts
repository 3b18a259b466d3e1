import { parseAddress } from './address';
import type { Method, MethodCall } from './method';
import { phpInt, phpString, upperNames } from './php';
import type { Params } from './php';
import type { Portal } from './portal';
import type { EventBinding } from './portal-state';
import { RestError, accessDenied, argumentError, argumentMissing, wrongAuthType } from './rest-error';

/** Events by the scope that an application needs for them; null: none. */
const known: Record<string, string | null> = {
  ONEXTERNALCALLSTART: 'telephony',
  ONEXTERNALCALLBACKSTART: 'telephony',
  ONVOXIMPLANTCALLINIT: 'telephony',
  ONVOXIMPLANTCALLSTART: 'telephony',
  ONVOXIMPLANTCALLEND: 'telephony',
  ONAPPINSTALL: null,
  ONAPPUNINSTALL: null,
  ONAPPUPDATE: null,
};

/** Who asks, and the parameters that `event.bind` and `event.unbind` share, checked in the portal's order. */
interface Asked {
  appId: number;
  userId: number;
  isAdmin: boolean;
  params: Params;
  event: string;
  /** Empty: offline. */
  handler: string;
}

/** @throws RestError: a webhook has no handlers. */
function applicationOf(portal: Portal, { caller }: MethodCall): Pick<Asked, 'appId' | 'userId' | 'isAdmin'> {
  const { appId, userId } = caller;
  if (appId === null) throw wrongAuthType();
  return { appId, userId, isAdmin: portal.state.users.some((user) => user.id === userId && user.admin) };
}

/** @param doing what the portal calls it in its refusals. */
function read(portal: Portal, call: MethodCall, doing: 'binding' | 'unbinding'): Asked {
  const who = applicationOf(portal, call);
  const params = upperNames(call.params);
  const told = phpInt(params['AUTH_TYPE']);
  if (doing === 'binding' && told > 0 && !who.isAdmin && told !== who.userId)
    throw accessDenied('Event binding with AUTH_TYPE requires administrator access rights');
  const event = phpString(params['EVENT']).toUpperCase();
  if (event === '') throw argumentMissing('EVENT');
  const type = phpString(params['EVENT_TYPE']).toLowerCase() || 'online';
  if (type !== 'online' && type !== 'offline') throw argumentError('Value must be one of {online|offline}');
  if (type === 'offline' && !who.isAdmin)
    throw accessDenied(`Offline events ${doing} requires administrator access rights`);
  if (type === 'offline') return { ...who, params, event, handler: '' };
  const handler = phpString(params['HANDLER']);
  if (handler === '') throw argumentMissing('HANDLER');
  return { ...who, params, event, handler };
}

/** @throws RestError for an address that the portal does not call; it does not try it. */
function requireAddress(handler: string): void {
  const address = parseAddress(handler);
  const host = address?.hostname ?? '';
  if (host.indexOf('.') <= 0) throw new RestError(400, 'ERROR_WRONG_HANDLER_URL', 'Wrong handler URL');
  if (!/^https?:$/.test(address?.protocol ?? ''))
    throw new RestError(400, 'ERROR_UNSUPPORTED_PROTOCOL', 'Unsupported handler protocol');
}

function requireEvent(event: string, { caller }: MethodCall): void {
  const scope = Object.hasOwn(known, event) ? known[event] : undefined;
  if (scope === undefined || (scope !== null && !caller.scopes.includes(scope)))
    throw new RestError(400, 'ERROR_EVENT_NOT_FOUND', 'Event not found');
}

/** event.*: handlers of the calling application; a webhook has none (`bitrix24/b24restdocs:api-reference/events`). */
export const eventMethods: Record<'bind' | 'get' | 'unbind', Method> = {
  bind: {
    scopes: [],
    run: (portal, call) => {
      const { appId, userId, isAdmin, params, event, handler } = read(portal, call, 'binding');
      // There is no queue of offline events here.
      if (handler === '') throw argumentError('Offline event cannot be registered for this event.');
      requireAddress(handler);
      requireEvent(event, call);
      const told = phpInt(params['AUTH_TYPE']);
      const authType = told > 0 || isAdmin ? Math.max(0, told) : userId;
      const binding = { event, handler, authType, appId };
      if (portal.state.bindings.some((one) => isSame(one, binding)))
        // ERROR_CORE whatever style telephony errors have.
        throw new RestError(400, 'ERROR_CORE', 'Unable to set event handler: Handler already binded');
      portal.state.bindings.push({ id: portal.nextId('binding'), ...binding });
      portal.changes.notify();
      return { result: true };
    },
  },
  get: {
    scopes: [],
    run: (portal, call) => {
      const { appId, userId, isAdmin } = applicationOf(portal, call);
      const own = portal.state.bindings.filter(
        (one) => one.appId === appId && (isAdmin || one.authType === userId),
      );
      return {
        result: own.map(({ event, handler, authType }) => ({
          event,
          handler,
          auth_type: String(authType),
          offline: 0,
        })),
      };
    },
  },
  unbind: {
    scopes: [],
    run: (portal, call) => {
      const { appId, userId, isAdmin, params, event, handler } = read(portal, call, 'unbinding');
      const told = params['AUTH_TYPE'];
      // The real one compares with the type as well: '15' is refused where 15 is meant.
      if (told !== undefined && told !== null && !isAdmin && told !== userId)
        throw accessDenied('Event unbinding with AUTH_TYPE requires administrator access rights');
      const ofUser = told !== undefined && told !== null ? phpInt(told) : isAdmin ? null : userId;
      const before = portal.state.bindings.length;
      portal.state.bindings = portal.state.bindings.filter(
        (one) => !isSame(one, { appId, event, handler, authType: ofUser ?? one.authType }),
      );
      portal.changes.notify();
      return { result: { count: before - portal.state.bindings.length } };
    },
  },
};

function isSame(one: EventBinding, other: Omit<EventBinding, 'id'>): boolean {
  return (
    one.appId === other.appId &&
    one.event === other.event &&
    one.handler === other.handler &&
    one.authType === other.authType
  );
}
