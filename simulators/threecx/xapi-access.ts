import type { Pbx } from './pbx';
import { bearerOf, Refusal } from './pbx-request';
import type { PbxRequest } from './pbx-request';
import type { Role } from './pbx-state';
import type { IssuedToken } from './tokens';
import { emptyAnswer } from './wire';

/**
 * The live token of a request; 401 when there is none, it has expired or another one has superseded it.
 *
 * @param inQuery whether `access_token` in the query counts too, as for downloads (3cx.md 4.2).
 */
export function requireToken(pbx: Pbx, request: PbxRequest, inQuery = false): IssuedToken {
  const text = bearerOf(request.headers) ?? (inQuery ? request.query.get('access_token') : null);
  const token = text === null ? null : pbx.tokens.find(text, pbx.clock.now());
  if (token === null) throw unauthorized();
  return token;
}

/** 401 without a body. */
export function unauthorized(): Refusal {
  return new Refusal(emptyAnswer(401, { 'www-authenticate': 'Bearer error="invalid_token"' }), '401');
}

/** 403 without a body. */
export function forbidden(reason: string): Refusal {
  return new Refusal(emptyAnswer(403), `403 ${reason}`);
}

/** Refuses a token without the checkbox of an API, or with a role that is too low. */
export function requireRole(token: IssuedToken, allowed: readonly Role[]): void {
  if (!token.owner.scopes.includes('xapi')) throw forbidden('no Configuration API');
  if (!allowed.includes(token.owner.role)) throw forbidden(`role ${token.owner.role}`);
}
