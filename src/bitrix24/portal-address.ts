import { createHash } from 'node:crypto';
import type { Connection } from '../domain/connection';
import { bitrix24Error } from './reasons';

/** Where a connection's requests go, and as whom. */
export interface PortalAddress {
  /** Scheme, host and port: the key of the shared request budget. */
  origin: string;
  /** Address of methods, with a slash at the end. Holds the secret of a webhook: never log it. */
  base: string;
  /** Names webhook or application without its secret; two connections may share one. */
  client: string;
}

/** The address of the connection's portal. @throws PeerError when it is no address. */
export function portalAddress({ bitrix24: { auth } }: Connection): PortalAddress {
  const url = parseUrl(auth.kind === 'webhook' ? auth.url : auth.portalUrl);
  if (auth.kind === 'application')
    return { origin: url.origin, base: `${url.origin}/rest/`, client: `application-${auth.clientId}` };
  // The portal's own page shows the address with a method behind it; people copy it so.
  const base = /^\/+rest\/\d+\/[^/]+/.exec(url.pathname)?.[0] ?? url.pathname.replace(/\/+$/, '');
  return {
    origin: url.origin,
    base: `${url.origin}${base}/`,
    client: `webhook-${fingerprint(`${url.origin}${base}`)}`,
  };
}

/** A short digest that tells two secrets apart and tells nothing about them. */
export function fingerprint(...secrets: string[]): string {
  return createHash('sha256').update(JSON.stringify(secrets)).digest('base64url').slice(0, 22);
}

function parseUrl(text: string): URL {
  // The error of the parser would repeat the address, secret included.
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) throw bitrix24Error('refused', 'insecure-address');
  return url;
}
