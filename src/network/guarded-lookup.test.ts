import type dns from 'node:dns';
import {
  ForbiddenAddressError,
  guardedLookup,
  isForbiddenAddress,
  isLoopbackAddress,
} from './guarded-lookup';

it.each([
  '169.254.169.254',
  '169.254.0.1',
  '::ffff:169.254.169.254',
  '::ffff:a9fe:a9fe',
  '64:ff9b::a9fe:a9fe',
  'fe80::1',
  'fd00:ec2::254',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  'fd20:ce::254',
  '2002:a9fe:a9fe::1',
  '::a9fe:a9fe',
  '0.0.0.0',
  '::',
  '224.0.0.1',
  '255.255.255.255',
])('never calls %s', (address) => {
  expect(isForbiddenAddress(address)).toBe(true);
});

it.each([
  '10.0.0.5',
  '192.168.1.10',
  '172.16.0.1',
  'fd12::5',
  '203.0.113.9',
  '127.0.0.1',
  '::1',
  '2001:db8::1',
])('may call %s', (address) => {
  expect(isForbiddenAddress(address)).toBe(false);
});

it('knows this machine', () => {
  expect(['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1'].every(isLoopbackAddress)).toBe(true);
  expect(isLoopbackAddress('128.0.0.1')).toBe(false);
});

const resolving = (...addresses: string[]): typeof dns.lookup =>
  ((_name: string, _options: unknown, done: (error: null, found: dns.LookupAddress[]) => void) =>
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )) as unknown as typeof dns.lookup;

function look(loopbackOnly: boolean, ...addresses: string[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    guardedLookup(loopbackOnly, resolving(...addresses))('pbx', { all: true }, (error, found) =>
      error === null ? resolve(found) : reject(error),
    );
  });
}

it('hands on the addresses that it checked', async () => {
  await expect(look(false, '10.0.0.5', '10.0.0.6')).resolves.toHaveLength(2);
});

it('refuses a name as soon as one of its addresses is forbidden', async () => {
  await expect(look(false, '10.0.0.5', '169.254.169.254')).rejects.toThrow(ForbiddenAddressError);
});

it('refuses plain http to a name that does not lead to this machine', async () => {
  await expect(look(true, '10.0.0.5')).rejects.toThrow(ForbiddenAddressError);
  await expect(look(true, '127.0.0.1')).resolves.toHaveLength(1);
});

it('refuses a name without an address', async () => {
  await expect(look(false)).rejects.toThrow(ForbiddenAddressError);
});
