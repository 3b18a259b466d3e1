import type { Connection } from '../domain/connection';
import type { Store, StoredToken } from '../store/contract';
import { fingerprint, portalAddress } from './portal-address';
import type { PortalAddress } from './portal-address';
import { tokenMemory } from './token-memory';

/** What requests of one connection authorise themselves with at this moment. */
export interface Credential {
  address: PortalAddress;
  /** Key of the stored record, by portal and client. */
  key: string;
  /** Changes when a person enters other credentials; a remembered refusal counts only for the same ones. */
  fingerprint: string;
  /** Null for a webhook, and for an application that is not installed. */
  accessToken: string | null;
  refreshToken: string | null;
  /** When the access token is over, by the machine's clock; ISO 8601, null: not told. */
  expiresAt: string | null;
  /** Of the stored record. */
  generation: number;
  /** It was renewed for the very request that carries it: another renewal would change nothing. */
  renewed: boolean;
  /** An earlier renewal's answer was lost, so the refresh token may be used up. */
  renewalInDoubt: boolean;
  /** Why the portal refused exactly these credentials, null when it did not. */
  refusedReason: string | null;
}

/**
 * Reads what the connection authorises itself with: the newest pair of tokens, unless a newer one was installed since.
 *
 * @param age `recent` for sending a request, which is refused when the token is over; `now` for deciding about the pair.
 */
export async function readCredential(
  store: Store,
  connection: Connection,
  age: 'recent' | 'now',
): Promise<Credential> {
  const address = portalAddress(connection);
  const key = `bitrix24 ${address.origin} ${address.client}`;
  const held = await tokenMemory(store).save(key);
  const stored = await readStored(store, key, age);
  const { auth } = connection.bitrix24;
  const generation = stored?.generation ?? 0;
  const common = { address, key, generation, renewed: false };
  if (auth.kind === 'webhook') {
    const own = fingerprint(auth.url);
    return {
      ...common,
      fingerprint: own,
      accessToken: null,
      refreshToken: null,
      expiresAt: null,
      renewalInDoubt: false,
      refusedReason: refusalOf(stored, own),
    };
  }
  const seed = seedOf(connection);
  const own = fingerprint(auth.clientSecret, auth.tokenUrl, seed);
  if (held?.pair.seed === seed)
    return {
      ...common,
      fingerprint: own,
      accessToken: held.pair.accessToken,
      refreshToken: held.pair.refreshToken,
      expiresAt: held.expiresAt,
      renewalInDoubt: false,
      // What others were refused was the pair before it.
      refusedReason: null,
    };
  const descends = stored?.token.seed === seed;
  return {
    ...common,
    fingerprint: own,
    accessToken: (descends ? stored.token.accessToken : auth.tokens?.accessToken) ?? null,
    refreshToken: (descends ? stored.token.refreshToken : auth.tokens?.refreshToken) ?? null,
    expiresAt: (descends ? stored.expiresAt : auth.tokens?.expiresAt) ?? null,
    renewalInDoubt: descends && stored.token.inDoubt !== undefined,
    refusedReason: refusalOf(stored, own),
  };
}

async function readStored(store: Store, key: string, age: 'recent' | 'now'): Promise<StoredToken | null> {
  const recent = age === 'recent' ? await store.tokens.recent(key) : null;
  // A refusal that is over must hold nobody up.
  const doubtful = age === 'now' || (recent !== null && recent.refusedFingerprint !== null);
  return doubtful ? store.tokens.get(key) : recent;
}

/** Digest of the pair that a person entered or an installation brought. */
export function seedOf({ bitrix24: { auth } }: Connection): string {
  return auth.kind === 'application' && auth.tokens !== undefined
    ? fingerprint(auth.tokens.refreshToken)
    : '';
}

function refusalOf(stored: StoredToken | null, own: string): string | null {
  return stored?.refusedFingerprint === own ? (stored.refusedReason ?? 'credentials-refused') : null;
}
