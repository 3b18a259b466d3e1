import { isIPv4, isIPv6 } from 'node:net';

/** What kind of place an IP address is, whatever its spelling. */
export type AddressKind = 'loopback' | 'unspecified' | 'link-local' | 'metadata' | 'multicast' | 'ordinary';

/**
 * Addresses under which clouds serve credentials to whoever asks from inside: Alibaba, Oracle, Azure's wire server, AWS
 * and Google over IPv6. The usual 169.254.169.254 is link-local.
 */
const metadataV4 = ['100.100.100.200', '192.0.0.192', '168.63.129.16'];
const metadataV6 = ['fd00:ec2::254', 'fd20:ce::254'].map((text) => groupsOf(text)!.join(':'));

/**
 * Judges a host as `URL` writes it (IPv4 dotted, IPv6 in brackets or bare). IPv4 hidden in IPv6 (mapped, compatible, NAT64,
 * 6to4) is judged as the IPv4 address.
 *
 * @returns null when the host is a name.
 */
export function addressKind(host: string): AddressKind | null {
  if (isIPv4(host)) return kindOfV4(host);
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  if (!isIPv6(bare)) return null;
  const groups = groupsOf(bare.replace(/%.*$/, ''));
  if (groups === null) return 'link-local';
  if (groups.every((group) => group === 0)) return 'unspecified';
  if (groups.slice(0, 7).every((group) => group === 0) && groups[7] === 1) return 'loopback';
  const hidden = hiddenV4(groups);
  if (hidden !== null) return kindOfV4(hidden);
  const first = groups[0]!;
  if ((first & 0xffc0) === 0xfe80) return 'link-local';
  if ((first & 0xff00) === 0xff00) return 'multicast';
  return metadataV6.includes(groups.join(':')) ? 'metadata' : 'ordinary';
}

/** Whether plain `http` to this host stays on this machine: 127.0.0.0/8, `::1`, and the former mapped into IPv6. */
export function staysOnMachine(host: string): boolean {
  if (isIPv4(host)) return kindOfV4(host) === 'loopback';
  const groups = groupsOf(host.replace(/^\[(.*)\]$/, '$1'));
  if (groups === null) return false;
  if (!groups.slice(0, 5).every((group) => group === 0)) return false;
  if (groups[5] === 0xffff) return kindOfV4(v4Of(groups[6]!, groups[7]!)) === 'loopback';
  return groups[5] === 0 && groups[6] === 0 && groups[7] === 1;
}

function kindOfV4(text: string): AddressKind {
  const [a = 0, b = 0] = text.split('.').map(Number);
  if (a === 127) return 'loopback';
  if (a === 0) return 'unspecified';
  if (a === 169 && b === 254) return 'link-local';
  if (metadataV4.includes(text)) return 'metadata';
  return a >= 224 ? 'multicast' : 'ordinary';
}

/** The IPv4 address that some IPv6 addresses stand for. */
function hiddenV4(groups: number[]): string | null {
  const [a, b, c, d, e, f, g = 0, h = 0] = groups;
  const zeros = a === 0 && b === 0 && c === 0 && d === 0;
  if (zeros && ((e === 0 && (f === 0xffff || f === 0)) || (e === 0xffff && f === 0))) return v4Of(g, h);
  if (a === 0x64 && b === 0xff9b) return v4Of(g, h);
  return a === 0x2002 ? v4Of(b!, c!) : null;
}

function v4Of(high: number, low: number): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** The eight 16-bit groups, or null when the text is no IPv6 address. */
function groupsOf(text: string): number[] | null {
  if (!isIPv6(text)) return null;
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  const plain =
    dotted === null
      ? text
      : `${dotted[1]}${hex(Number(dotted[2]), Number(dotted[3]))}:${hex(Number(dotted[4]), Number(dotted[5]))}`;
  const [head = '', tail] = plain.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const gap = tail === undefined ? [] : Array<string>(8 - left.length - right.length).fill('0');
  return [...left, ...gap, ...right].map((group) => parseInt(group, 16));
}

function hex(high: number, low: number): string {
  return ((high << 8) | low).toString(16);
}
