import { setTimeout as pause } from 'node:timers/promises';
import type { Connection } from '../../domain/connection';
import { PeerError } from '../../domain/peer-error';
import type { ApiDependencies } from '../dependencies';
import { HttpProblem } from '../problem';
import { findConnection, refuseFlood } from './authorise';
import { applicationOf, notOurPortal, readPortalForm, sameSecret } from './portal-form';
import { portalEventsAddress } from './portal-events-address';
import type { WebhookHandler } from './handler';
import type { WrongTokenLimit } from './wrong-token-limit';

/** Another change of the connection at the same instant; ours is simply made again on top of it. */
const maxAttempts = 5;
const longestPauseMs = 15_000;

/** What the callback brings; `bitrix24.md` section 2. */
interface Installation {
  accessToken: string;
  refreshToken: string;
  expiresAt: string;
  applicationToken: string;
  portalHost: string;
}

/**
 * `POST /webhooks/bitrix24/{connection}/install`: the installation callback of a local application. Its tokens go into
 * the connection, sealed, and the event of a click on a number is bound to `…/events`.
 *
 * Whoever calls must name the connection's portal and bring its `application_token`. Only while none is stored yet, the first
 * callback is believed; to close even that window, put the token into the connection beforehand (Bitrix24 shows it on the
 * application's page). Forged tokens are of no use in any case: they are only ever sent to the connection's own portal.
 */
export function receiveInstallation(
  deps: ApiDependencies & { wrongTokens: WrongTokenLimit },
): WebhookHandler {
  return async (ctx) => {
    const connection = await findConnection(ctx.params.connection ?? '', deps);
    const count = (outcome: string): void =>
      deps.metrics.portalEvents.inc({ connection: connection.id, event: 'install', outcome });
    applicationOf(connection);
    const installation = readInstallation(await readPortalForm(ctx), deps.clock());
    try {
      await install(deps, connection.id, installation, ctx.state.requestId as string | undefined);
    } catch (error) {
      count('refused');
      if (error instanceof HttpProblem && error.status === 401) refuseFlood(ctx, deps.wrongTokens);
      throw error;
    }
    await deps.connections.refresh();
    count('taken');
    deps.log.info({ connection: connection.id }, 'The application was installed in Bitrix24');
    ctx.body = { installed: true };
    void bindClicks(deps, connection.id);
  };
}

/**
 * Clicks on a number are told to us from now on. Nobody waits for it: what stays unbound is told by the doctor and bound by
 * the next installation.
 */
async function bindClicks({ store, bitrix24, settings, log }: ApiDependencies, id: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const stored = await store.connections.get(id);
      if (stored === null) return;
      const context = { connection: stored.value, callId: null, attempt };
      const handler = portalEventsAddress(settings.publicUrl, id);
      return await bitrix24.bindEvent(context, { event: 'ONEXTERNALCALLSTART', handler });
    } catch (error) {
      const waitMs = error instanceof PeerError && error.reaction === 'not-yet' ? error.retryAfterMs : null;
      if (waitMs === null || attempt >= maxAttempts) {
        log.warn({ err: error, connection: id }, 'The event ONEXTERNALCALLSTART was not bound');
        return;
      }
      // Live calls go first, and the installation may come in the middle of them.
      await pause(Math.min(waitMs, longestPauseMs), undefined, { ref: false });
    }
  }
}

/** @throws {HttpProblem} 401, 404, or 409 when the connection changes all the time. */
async function install(
  { store }: ApiDependencies,
  id: string,
  installation: Installation,
  requestId: string | undefined,
): Promise<void> {
  const { accessToken, refreshToken, expiresAt, applicationToken } = installation;
  for (let attempt = 1; attempt <= maxAttempts; attempt++) {
    const stored = await store.connections.get(id);
    if (stored === null) throw new HttpProblem(404, { detail: 'There is no such connection.' });
    const auth = applicationOf(stored.value);
    const isPortal = new URL(auth.portalUrl).host.toLowerCase() === installation.portalHost;
    const isKnown =
      auth.applicationToken === undefined || sameSecret(applicationToken, auth.applicationToken);
    if (!isPortal || !isKnown) throw notOurPortal();
    const changed: Connection = {
      ...stored.value,
      bitrix24: {
        ...stored.value.bitrix24,
        auth: { ...auth, applicationToken, tokens: { accessToken, refreshToken, expiresAt } },
      },
    };
    const actor = { id: 'bitrix24-install', requestId };
    const { outcome } = await store.connections.put(changed, actor, stored.etag);
    if (outcome !== 'stale') return;
  }
  throw new HttpProblem(409, { detail: 'The connection is being changed. Install again.' });
}

/** @throws {HttpProblem} 400 with every field that is missing. */
function readInstallation(field: (name: string) => string | null, now: Date): Installation {
  const needed = (name: string): string => {
    const value = field(name);
    if (value === null || value.length > 4_096) missing.push(name);
    return value ?? '';
  };
  const missing: string[] = [];
  const installation = {
    accessToken: needed('auth[access_token]'),
    refreshToken: needed('auth[refresh_token]'),
    applicationToken: needed('auth[application_token]'),
    portalHost: needed('auth[domain]').toLowerCase(),
    expiresAt: expiryOf(field, now),
  };
  if (missing.length === 0) return installation;
  throw new HttpProblem(400, {
    detail: 'This is no installation callback.',
    errors: missing.map((name) => ({ field: name, message: 'is missing or too long' })),
  });
}

/** Life of a token from now on; an hour when the portal does not tell. */
function expiryOf(field: (name: string) => string | null, now: Date): string {
  const told = Number(field('auth[expires_in]') ?? '3600');
  const seconds = Number.isFinite(told) && told > 0 && told <= 86_400 ? told : 3_600;
  return new Date(now.getTime() + seconds * 1_000).toISOString();
}
