import type { Method } from './method';
import { inZone } from './portal-time';

/** Methods that tell about the portal, the caller and the application; none needs a scope. */
export const serviceMethods: Record<string, Method> = {
  profile: {
    scopes: [],
    run: (portal, { caller }) => {
      const user = portal.state.users.find((one) => one.id === caller.userId);
      const [name = '', ...rest] = (user?.name ?? '').split(' ');
      return {
        result: {
          ID: String(caller.userId),
          ADMIN: user?.admin ?? false,
          NAME: name,
          LAST_NAME: rest.join(' '),
          TIME_ZONE: '',
        },
      };
    },
  },
  scope: { scopes: [], run: (_portal, { caller }) => ({ result: caller.scopes }) },
  'server.time': { scopes: [], run: (portal) => ({ result: inZone(portal.clock.now(), portal.timeZone) }) },
  'app.info': {
    scopes: [],
    run: (_portal, { caller }) => ({
      result: {
        ...(caller.appId !== null && {
          ID: caller.appId,
          CODE: caller.appName,
          VERSION: 1,
          STATUS: 'L',
          INSTALLED: true,
        }),
        SCOPE: caller.scopes,
        LANGUAGE_ID: 'de',
        LICENSE: 'de_basic',
      },
    }),
  },
  /** The SIP lines of the portal itself; the stand-in has none. */
  'voximplant.sip.get': { scopes: ['telephony'], run: () => ({ result: [], total: 0 }) },
};
