import type { Logger } from 'pino';
import { checkConnection } from './api/admin/connections/check-connection';
import { HttpProblem } from './api/problem';
import type { Settings } from './config/settings';
import { SettingsError } from './config/settings';
import type { Connection } from './domain/connection';
import type { Store } from './store';

/**
 * Makes or updates the connection `default` from the environment, when any of its variables is set. Rules and
 * mappings that were edited through the API stay as they are. What the API would refuse is refused here too.
 *
 * @param forbidden `host:port` of our own servers.
 * @throws {SettingsError} when no connection can be made from what is set.
 */
export async function applyDefaultConnection(
  settings: Settings,
  store: Store,
  log: Logger,
  forbidden: readonly string[],
): Promise<void> {
  const given = settings.defaultConnection;
  if (Object.values(given).every((value) => value === null)) return;
  const known = (await store.connections.get('default'))?.value ?? null;
  const missing = (
    [
      ['BITRIX24_WEBHOOK_URL', given.bitrix24WebhookUrl],
      ['THREECX_URL', given.threecxUrl],
      ['WEBHOOK_TOKEN', given.webhookToken],
    ] as const
  ).filter(([, value]) => value === null);
  if (known === null && missing.length > 0)
    throw new SettingsError(
      missing.map(
        ([name]) => `${name}: must be set too when the connection "default" is made from the environment`,
      ),
    );
  if ((given.threecxClientId === null) !== (given.threecxClientSecret === null))
    throw new SettingsError(['THREECX_CLIENT_ID, THREECX_CLIENT_SECRET: must be set together']);
  const bitrix24Auth =
    given.bitrix24WebhookUrl === null
      ? known!.bitrix24.auth
      : { kind: 'webhook' as const, url: given.bitrix24WebhookUrl };
  const threecxAuth =
    given.threecxClientId !== null && given.threecxClientSecret !== null
      ? {
          kind: 'client-credentials' as const,
          clientId: given.threecxClientId,
          clientSecret: given.threecxClientSecret,
        }
      : (known?.threecx.auth ?? { kind: 'token' as const, token: 'not-set' });
  const document = {
    ...withoutId(known),
    webhookTokens: tokens(given.webhookToken, known?.webhookTokens ?? []),
    threecx: {
      ...(known?.threecx ?? { recordings: given.threecxClientId === null ? 'off' : 'xapi' }),
      auth: threecxAuth,
      baseUrl: given.threecxUrl ?? known!.threecx.baseUrl,
    },
    bitrix24: { ...(known?.bitrix24 ?? {}), auth: bitrix24Auth },
    rules: known?.rules ?? { fallbackUserId: webhookUserId(given.bitrix24WebhookUrl!) },
  };
  const { webhookTokens = [], ...input } = checked(document, forbidden);
  const connection: Connection = { ...input, id: 'default', webhookTokens };
  const { outcome } = await store.connections.put(connection, { id: 'environment' });
  log.info({ connection: 'default', outcome }, 'The connection of the environment is in place');
}

/**
 * What is stored, when the token of the environment is among it: a start must not end a rotation of the API that goes on.
 * Else that token alone, so that one that leaked is refused from the start on at which another one is set.
 */
function tokens(given: string | null, known: readonly string[]): readonly string[] {
  return given === null || known.includes(given) ? known : [given];
}

/** Where the environment says what the API calls by other names. */
const variables: Partial<Record<string, string>> = {
  'bitrix24.auth.url': 'BITRIX24_WEBHOOK_URL',
  'threecx.baseUrl': 'THREECX_URL',
  'threecx.auth.clientId': 'THREECX_CLIENT_ID',
  'threecx.auth.clientSecret': 'THREECX_CLIENT_SECRET',
  'webhookTokens.0': 'WEBHOOK_TOKEN',
};

function checked(document: object, forbidden: readonly string[]): ReturnType<typeof checkConnection> {
  try {
    return checkConnection(document, forbidden);
  } catch (error) {
    if (!(error instanceof HttpProblem)) throw error;
    throw new SettingsError(
      error.errors.map(
        ({ field, message }) => `${variables[field] ?? `${field} of the connection "default"`}: ${message}`,
      ),
    );
  }
}

/** The user behind an incoming webhook (`/rest/{userId}/{secret}/`): the owner of calls until somebody is mapped. */
function webhookUserId(webhookUrl: string): number {
  const id = Number(/\/rest\/(\d+)\/[^/]+\/?$/.exec(new URL(webhookUrl).pathname)?.[1]);
  if (!Number.isInteger(id) || id < 1)
    throw new SettingsError(['BITRIX24_WEBHOOK_URL: must look like https://portal/rest/1/secret/']);
  return id;
}

function withoutId(connection: Connection | null): object {
  if (connection === null) return {};
  const { id: _id, ...rest } = connection;
  return rest;
}
