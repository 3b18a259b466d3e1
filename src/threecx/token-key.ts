import type { Connection } from '../domain/connection';
import type { Store } from '../store/contract';
import { usesConsole } from './console-session';
import { threecxError } from './reasons';

/** Under which key the token of an API client is kept, and the fingerprint of the secret that fetches it. */
export interface TokenKey {
  id: string;
  fingerprint: string;
}

/**
 * The same for every connection with the same PBX, client and secret, so that they share one token. The fingerprint is
 * keyed with the installation's own secret, and part of the key: a connection with a wrong secret never borrows the
 * token of one with the right secret, and its refusal does not stop the other. Null: the connection names its token.
 */
export function tokenKey(connection: Connection, store: Pick<Store, 'hashNumber'>): TokenKey | null {
  const { auth, baseUrl } = connection.threecx;
  if (auth.kind === 'token') return null;
  const [client, secret] =
    auth.kind === 'user' ? [auth.username, auth.password] : [auth.clientId, auth.clientSecret];
  if (!URL.canParse(baseUrl)) throw threecxError('forbidden-address');
  const kind = usesConsole(connection) ? 'console' : auth.kind;
  const base = `threecx/${new URL(baseUrl).origin}/${kind}/${client}`;
  const fingerprint = store.hashNumber(base, secret);
  return { id: `${base}/${fingerprint.slice(0, 16)}`, fingerprint };
}
