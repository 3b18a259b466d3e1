import { canonicalHost, isLocalhost, isOwnServer } from './forbidden-servers';
import { addressKind, staysOnMachine } from './ip-address';

/** Names under which clouds serve credentials. */
const metadataNames = [
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'instance-data',
  'instance-data.ec2.internal',
];

const refusals = {
  unspecified: 'must not be the unspecified address',
  'link-local': 'must not be a link-local address',
  metadata: 'must not be a metadata address',
  multicast: 'must not be a multicast or broadcast address',
} as const;

/**
 * The rules of the public contract for an address that a connection may name: `https` (private networks too, a PBX is
 * often on site), `http` for loopback only; no user info, no link-local or metadata address in any spelling, none of our own
 * servers. A name is judged as a name: what it resolves to is not asked here.
 *
 * @returns the rule that is broken, or null.
 */
export function addressProblem(text: string, forbidden: readonly string[]): string | null {
  // The URL parser drops tabs, turns backslashes round and forgives missing slashes; people do not write those.
  if (
    !/^[a-z][a-z0-9+.-]*:\/\/[^/]/i.test(text) ||
    /[\s\\]/.test(text) ||
    hasControl(text) ||
    !URL.canParse(text)
  )
    return 'must be an address such as https://pbx.example.com';
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must start with https://';
  if (url.username !== '' || url.password !== '' || /^[^/]*\/\/[^/?#]*@/.test(text))
    return 'must not hold a user name or password';
  if (url.search !== '' || url.hash !== '' || /[?#]/.test(text)) return 'must not hold a query or fragment';
  const host = canonicalHost(url.hostname);
  const broken = hostProblem(host);
  if (broken !== null) return broken;
  if (url.protocol === 'http:' && !staysOnMachine(host) && host !== 'localhost')
    return 'must start with https:// (http:// is for loopback only)';
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  return isOwnServer(host, port, forbidden) ? 'must not be this server or one of its databases' : null;
}

/** The same for a host with an optional port, as the address of a session border controller is written. */
export function hostAndPortProblem(text: string, forbidden: readonly string[]): string | null {
  const form = 'must be a host name or address, with a port at most';
  if (!/^(\[[0-9a-fA-F:.]+\]|[\p{L}\p{N}.-]+)(:\d{1,5})?$/u.test(text) || !URL.canParse(`https://${text}`))
    return form;
  const url = new URL(`https://${text}`);
  const host = canonicalHost(url.hostname);
  return (
    hostProblem(host) ??
    (isOwnServer(host, url.port || '443', forbidden)
      ? 'must not be this server or one of its databases'
      : null)
  );
}

function hostProblem(host: string): string | null {
  if (host === '' || host.includes('..') || host.length > 253) return 'must name a host';
  if (metadataNames.includes(host)) return refusals.metadata;
  const kind = addressKind(host);
  if (kind !== null && kind in refusals) return refusals[kind as keyof typeof refusals];
  return isLocalhost(host) || kind !== null || /^[\p{L}\p{N}_.-]+$/u.test(host) ? null : 'must name a host';
}

function hasControl(text: string): boolean {
  return /\p{Cc}|\p{Cf}/u.test(text);
}
