import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { FormPair } from './form';

/**
 * Every token that a request brings, as the bytes that were sent: Bearer, the password of Basic, `X-Webhook-Token`, and the
 * query parameter `token` (3CX can send only some of them, depending on the feature: `3cx.md` section 1).
 */
export function tokensOf(headers: IncomingHttpHeaders, query: readonly FormPair[]): Buffer[] {
  const authorization = headers.authorization ?? '';
  const bearer = /^bearer +(.+)$/i.exec(authorization)?.[1];
  const basic = /^basic +([A-Za-z0-9+/=_-]+) *$/i.exec(authorization)?.[1];
  const headerToken = headers['x-webhook-token'];
  return [
    bearer === undefined ? null : fromHeader(bearer),
    basic === undefined ? null : passwordOf(Buffer.from(basic, 'base64')),
    typeof headerToken === 'string' ? fromHeader(headerToken) : null,
    ...query.filter(([name]) => isTokenName(name)).map(([, value]) => value),
  ].filter((token): token is Buffer => token !== null && token.length > 0);
}

/** The query without the token, so that it can be read and kept. */
export function withoutToken(query: readonly FormPair[]): FormPair[] {
  return query.filter(([name]) => !isTokenName(name));
}

/**
 * Whether any of the sent tokens is any of the valid ones. All pairs are compared by their SHA-256 digests in
 * constant time, so that neither the length nor the matching one shows in the time taken. No valid token: false.
 */
export function isAnyValid(sent: readonly Buffer[], valid: readonly string[]): boolean {
  const digests = valid.filter((token) => token !== '').map((token) => digestOf(Buffer.from(token)));
  let matches = 0;
  for (const token of sent.map(digestOf))
    for (const digest of digests) matches += timingSafeEqual(token, digest) ? 1 : 0;
  return matches > 0;
}

function digestOf(token: Buffer): Buffer {
  return createHash('sha256').update(token).digest();
}

/** Node reads header bytes as Latin-1; this gives the bytes back. */
function fromHeader(value: string): Buffer {
  return Buffer.from(value.trim(), 'latin1');
}

function passwordOf(credentials: Buffer): Buffer | null {
  const colon = credentials.indexOf(':');
  return colon < 0 ? null : credentials.subarray(colon + 1);
}

function isTokenName(name: Buffer): boolean {
  return name.toString('latin1').toLowerCase() === 'token';
}
