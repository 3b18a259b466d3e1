import { networkInterfaces } from 'node:os';
import { addressKind } from './ip-address';

/** Ports a server of ours may have when its address names none: API behind a proxy, MongoDB's default. */
const unnamedPorts = ['80', '443', '27017'];

/**
 * Whether an address leads to one of our own servers. All names of this machine (loopback, its interfaces, `localhost`)
 * count as one.
 *
 * @param forbidden `host:port` or `host`, as in the settings.
 */
export function isOwnServer(host: string, port: string, forbidden: readonly string[]): boolean {
  const place = placeOf(host);
  return forbidden.some((entry) => {
    const own = split(entry);
    return own !== null && own.ports.includes(port) && placeOf(own.host) === place;
  });
}

function split(entry: string): { host: string; ports: string[] } | null {
  const parts = /^(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(entry.trim());
  if (parts === null) return null;
  return { host: parts[1]!, ports: parts[2] === undefined ? unnamedPorts : [String(Number(parts[2]))] };
}

/** One name for each place. A server that listens everywhere (0.0.0.0) is on this machine too. */
function placeOf(host: string): string {
  const name = canonicalHost(host);
  const kind = addressKind(name);
  if (kind === 'loopback' || kind === 'unspecified' || isLocalhost(name)) return 'this machine';
  const bare = name.replace(/^\[(.*)\]$/, '$1');
  const mine = Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some(({ address }) => address === bare),
  );
  return mine ? 'this machine' : name;
}

/** Lower case, without the dot at the end, numbers in their usual form. */
export function canonicalHost(host: string): string {
  const name = URL.canParse(`https://${host}`) ? new URL(`https://${host}`).hostname : host.toLowerCase();
  return name.replace(/\.$/, '');
}

/** RFC 6761: `localhost` and everything below it is loopback. */
export function isLocalhost(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost');
}
