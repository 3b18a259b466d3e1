import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import type { ApiClient, Extension, Role } from './pbx-state';

/** Who holds a token. */
export interface TokenOwner {
  kind: 'client' | 'user';
  /** Client id or extension. */
  id: string;
  role: Role;
  scopes: ApiClient['scopes'];
  monitored: string[];
}

/** A token that was given out. */
export interface IssuedToken {
  /** Also the JWT's `jti`. */
  id: string;
  owner: TokenOwner;
  /** Unix milliseconds, PBX clock; whole seconds, as in the JWT's `exp`. */
  expiresAt: number;
  state: 'live' | 'superseded' | 'revoked';
}

/** One live access token per API client or user: minting a new one kills the one before at once (3cx.md 5.3). */
export class Tokens {
  private readonly byText = new Map<string, IssuedToken>();
  private readonly key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  private readonly keyId = randomUUID();
  /** How many tokens were minted since the start or the last reset. */
  minted = 0;

  /** @param ended called with a token that was superseded or revoked. */
  constructor(private readonly ended: (token: IssuedToken) => void) {}

  /** Mints a token and kills the owner's last one. */
  mint(owner: TokenOwner, issuer: string, nowMs: number, lifetimeMs: number): string {
    for (const token of this.byText.values()) {
      if (token.owner.kind === owner.kind && token.owner.id === owner.id) this.end(token, 'superseded');
    }
    const issuedAt = Math.floor(nowMs / 1000);
    const exp = Math.floor((nowMs + lifetimeMs) / 1000);
    const id = randomUUID();
    const text = this.jwt({
      iss: issuer,
      aud: issuer,
      nbf: issuedAt,
      iat: issuedAt,
      exp,
      client_id: owner.id,
      role: owner.role,
      jti: id,
    });
    this.byText.set(text, { id, owner, expiresAt: exp * 1000, state: 'live' });
    this.minted += 1;
    return text;
  }

  /** The live token of this text, else null. */
  find(text: string, nowMs: number): IssuedToken | null {
    const token = this.byText.get(text);
    return token !== undefined && token.state === 'live' && nowMs < token.expiresAt ? token : null;
  }

  /** Every token that was given out. */
  list(): IssuedToken[] {
    return [...this.byText.values()];
  }

  /** Takes back one token, or all, as a restart or an administrator does. */
  revoke(text?: string): void {
    for (const [one, token] of this.byText)
      if (text === undefined || text === one) this.end(token, 'revoked');
  }

  /** Forgets all tokens. */
  clear(): void {
    this.revoke();
    this.byText.clear();
    this.minted = 0;
  }

  private end(token: IssuedToken, state: 'superseded' | 'revoked'): void {
    if (token.state !== 'live') return;
    token.state = state;
    this.ended(token);
  }

  private jwt(claims: Record<string, unknown>): string {
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const head = `${part({ alg: 'ES256', kid: this.keyId, typ: 'at+jwt' })}.${part(claims)}`;
    const signature = sign('sha256', Buffer.from(head), { key: this.key, dsaEncoding: 'ieee-p1363' });
    return `${head}.${signature.toString('base64url')}`;
  }
}

/** An API client as a holder of tokens. */
export function clientOwner(client: ApiClient): TokenOwner {
  const { clientId: id, role, scopes, monitored } = client;
  return { kind: 'client', id, role, scopes, monitored };
}

/** A user as a holder of tokens: XAPI with his own rights, no Call Control (3cx.md 5.2). */
export function userOwner(user: Extension): TokenOwner {
  return { kind: 'user', id: user.number, role: user.role, scopes: ['xapi'], monitored: [] };
}
