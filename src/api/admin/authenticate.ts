import type { Context } from 'koa';
import type { AdminKey, AdminKeyRepository } from '../../store';
import { HttpProblem } from '../problem';
import type { WrongTokenLimit } from '../webhooks/wrong-token-limit';

const longestKey = 1024;

/** The key of `Authorization: Bearer <key>` (scheme in any case), or null when there is none of that form. */
export function bearerKey(ctx: Context): string | null {
  const key = /^bearer +(\S.*)$/i.exec(ctx.get('authorization').trim())?.[1] ?? null;
  // Node reads header bytes as Latin-1; a key from the environment may hold any letter.
  return key === null || key.length > longestKey ? null : Buffer.from(key, 'latin1').toString();
}

/**
 * Who asks, by admin key. A right key always works, whatever else comes from its address.
 *
 * @throws {HttpProblem} 401 without a right key, 429 in a flood of wrong ones from one address.
 */
export async function authenticate(
  ctx: Context,
  keys: Pick<AdminKeyRepository, 'verify'>,
  limit: WrongTokenLimit,
): Promise<AdminKey> {
  const secret = bearerKey(ctx);
  const key = secret === null ? null : await keys.verify(secret);
  if (key !== null) return key;
  if (secret !== null) countWrongKey(ctx, limit);
  throw new HttpProblem(401, {
    detail: 'Send an admin key as "Authorization: Bearer <key>".',
    headers: { 'WWW-Authenticate': 'Bearer realm="admin"' },
  });
}

/** @throws {HttpProblem} 429 when this address sent too many wrong keys. */
export function countWrongKey(ctx: Context, limit: WrongTokenLimit): void {
  const waitSeconds = limit.count(ctx.ip);
  if (waitSeconds === null) return;
  throw new HttpProblem(429, {
    detail: 'Too many wrong keys from this address.',
    headers: { 'Retry-After': String(waitSeconds) },
  });
}
