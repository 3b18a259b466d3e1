import Router from '@koa/router';
import type { ApiDependencies } from '../dependencies';
import { receiveInstallation } from './bitrix24-install';
import { receivePortalEvent } from './bitrix24-events';
import { EventHolder } from './hold-event';
import { lookUpContacts } from './look-up-contacts';
import { receiveWebhook } from './receive-webhook';
import { WrongTokenLimit } from './wrong-token-limit';

/** How long a webhook's body may take, whole. */
const bodyMs = 5_000;

/** Every address that 3CX and Bitrix24 call. `bodyMs` is shortened by tests only. */
export function createWebhookRouter(deps: ApiDependencies, limits = { bodyMs }): Router {
  const router = new Router();
  const wrongTokens = new WrongTokenLimit(() => deps.clock().getTime());
  const receive = receiveWebhook({ ...deps, ...limits, wrongTokens, holder: new EventHolder(deps) });
  // All methods: a wrong token is answered before a wrong method.
  router.all('/webhooks/3cx/:connection', receive);
  router.all('/webhooks/3cx/:connection/lookup', lookUpContacts({ ...deps, wrongTokens }));
  router.all('/webhooks/3cx/:connection/:event', receive);
  router.post('/webhooks/bitrix24/:connection/install', receiveInstallation({ ...deps, wrongTokens }));
  router.post('/webhooks/bitrix24/:connection/events', receivePortalEvent({ ...deps, wrongTokens }));
  return router;
}
