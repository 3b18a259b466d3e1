import dns from 'node:dns';
import type { LookupAddress, LookupOptions } from 'node:dns';
import net from 'node:net';
import type { LookupFunction } from 'node:net';

/** An address that is never called, whatever name leads to it. */
export class ForbiddenAddressError extends Error {
  override readonly name = 'ForbiddenAddressError';
}

const forbidden = new net.BlockList();
for (const [address, bits, family] of [
  ['0.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['224.0.0.0', 3, 'ipv4'],
  ['fe80::', 10, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
  // The same link-local range behind NAT64, 6to4, and in the form that is used no more.
  ['64:ff9b::a9fe:0', 112, 'ipv6'],
  ['2002:a9fe::', 32, 'ipv6'],
  ['::a9fe:0', 112, 'ipv6'],
] as const)
  forbidden.addSubnet(address, bits, family);
// Metadata services outside the link-local range: Alibaba, Oracle, Azure, AWS and Google over IPv6; and "any address".
for (const address of ['100.100.100.200', '192.0.0.192', '168.63.129.16'])
  forbidden.addAddress(address, 'ipv4');
for (const address of ['fd00:ec2::254', 'fd20:ce::254']) forbidden.addAddress(address, 'ipv6');
forbidden.addAddress('::', 'ipv6');

const loopback = new net.BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Link-local, metadata, multicast and unspecified addresses, also when written as IPv6. Private networks are fine. */
export function isForbiddenAddress(address: string): boolean {
  return forbidden.check(address, net.isIPv6(address) ? 'ipv6' : 'ipv4');
}

/** 127.0.0.0/8 and ::1. */
export function isLoopbackAddress(address: string): boolean {
  return loopback.check(address, net.isIPv6(address) ? 'ipv6' : 'ipv4');
}

/** What the host of an address is, as it is written: a name, or a literal of one sort. */
export function hostKind(hostname: string): 'name' | 'forbidden' | 'loopback' | 'elsewhere' {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (net.isIP(host) === 0) return 'name';
  if (isForbiddenAddress(host)) return 'forbidden';
  return isLoopbackAddress(host) ? 'loopback' : 'elsewhere';
}

/**
 * A `lookup` for sockets that fails with {@link ForbiddenAddressError} when any address of the name is forbidden. It is
 * asked for the very connection that is then opened, so a second DNS answer changes nothing.
 *
 * @param loopbackOnly for plain http: the name must lead to this machine.
 */
export function guardedLookup(loopbackOnly: boolean, resolve?: typeof dns.lookup): LookupFunction {
  return (hostname, options: LookupOptions, callback) => {
    (resolve ?? dns.lookup)(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error !== null) return callback(error, []);
      const bad = addresses.some(
        ({ address }) => isForbiddenAddress(address) || (loopbackOnly && !isLoopbackAddress(address)),
      );
      const first = addresses[0];
      if (bad || first === undefined)
        return callback(new ForbiddenAddressError('the name leads to a forbidden address'), []);
      if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}
