import { networkInterfaces } from 'node:os';
import fc from 'fast-check';
import { addressProblem, hostAndPortProblem } from './check-address';

const ours = [
  '127.0.0.1:3000',
  '127.0.0.1:7233',
  'localhost:27017',
  'temporal.internal:7233',
  'bridge.example.com',
  '[::1]:9000',
];

describe('an address in a connection', () => {
  it.each([
    'https://pbx.example.com',
    'https://PBX.example.com:5001/',
    'https://pbx.example.com/some/path',
    'https://10.0.0.5:5001',
    'https://192.168.1.10',
    'https://172.16.0.1',
    'https://[fd12:3456::1]:5001',
    'https://[2001:db8::1]',
    'https://pbx',
    'https://127.0.0.1:5001',
    'https://локальная-атс.рф',
    'http://127.0.0.1:9999',
    'http://127.8.8.8:9999',
    'http://localhost:9999/base',
    'http://LOCALHOST.:9999',
    'http://[::1]:9999',
    'http://[::ffff:127.0.0.1]:9999',
    'http://2130706433:9999',
    'https://temporal.internal:7234',
  ])('may be %s', (address) => {
    expect(addressProblem(address, ours)).toBeNull();
  });

  it.each([
    // other schemes, and what is no address
    ['ftp://pbx.example.com', 'https'],
    ['file:///etc/passwd', 'address'],
    ['gopher://127.0.0.1:70/', 'https'],
    ['data:text/plain,x', 'address'],
    ['javascript:alert(1)', 'address'],
    ['ws://127.0.0.1', 'https'],
    ['pbx.example.com', 'address'],
    ['//pbx.example.com', 'address'],
    ['https:pbx.example.com', 'address'],
    ['https:/pbx.example.com', 'address'],
    ['https:///pbx.example.com', 'address'],
    ['https:\\\\pbx.example.com', 'address'],
    ['https://pbx.example.com\\@evil', 'address'],
    ['https://pbx .example.com', 'address'],
    [' https://pbx.example.com', 'address'],
    ['https://pbx.example.com\n', 'address'],
    ['https://pbx\t.example.com', 'address'],
    ['https://pbx\u200b.example.com', 'address'],
    ['https://', 'address'],
    ['https://?', 'address'],
    ['https://.', 'host'],
    ['https://pbx..example.com', 'host'],
    ['https://pbx.example.com:99999', 'address'],
    ['https://[::1', 'address'],
    // user info
    ['https://user:secret@pbx.example.com', 'user name'],
    ['https://user@pbx.example.com', 'user name'],
    ['https://@pbx.example.com', 'user name'],
    ['https://:@pbx.example.com', 'user name'],
    // query and fragment
    ['https://pbx.example.com/?x=1', 'query'],
    ['https://pbx.example.com/#x', 'query'],
    ['https://pbx.example.com#@evil', 'query'],
    // plain http beyond this machine
    ['http://pbx.example.com', 'loopback'],
    ['http://10.0.0.5', 'loopback'],
    ['http://192.168.1.10:5000', 'loopback'],
    ['http://[fd00::1]', 'loopback'],
    ['http://localhost.example.com', 'loopback'],
    ['http://127.0.0.1.example.com', 'loopback'],
    ['http://[64:ff9b::7f00:1]:9999', 'loopback'],
    // link-local, in any spelling
    ['https://169.254.169.254', 'link-local'],
    ['http://169.254.169.254/latest/meta-data', 'link-local'],
    ['https://169.254.0.1', 'link-local'],
    ['https://169.254.169.254.', 'link-local'],
    ['https://2852039166', 'link-local'],
    ['https://0xa9fea9fe', 'link-local'],
    ['https://0xA9.0xFE.0xA9.0xFE', 'link-local'],
    ['https://0251.0376.0251.0376', 'link-local'],
    ['https://025177524776', 'link-local'],
    ['https://169.254.43518', 'link-local'],
    ['https://169.16689662', 'link-local'],
    ['https://①⑥⑨.②⑤④.①⑥⑨.②⑤④', 'link-local'],
    ['https://169%2e254.169.254', 'link-local'],
    ['https://169。254。169。254', 'link-local'],
    ['https://[::ffff:169.254.169.254]', 'link-local'],
    ['https://[::ffff:a9fe:a9fe]', 'link-local'],
    ['https://[0:0:0:0:0:ffff:a9fe:a9fe]', 'link-local'],
    ['https://[::a9fe:a9fe]', 'link-local'],
    ['https://[64:ff9b::a9fe:a9fe]', 'link-local'],
    ['https://[2002:a9fe:a9fe::1]', 'link-local'],
    ['https://[fe80::1]', 'link-local'],
    ['https://[FEBF::1]', 'link-local'],
    // metadata elsewhere
    ['https://100.100.100.200', 'metadata'],
    ['https://168.63.129.16', 'metadata'],
    ['https://192.0.0.192', 'metadata'],
    ['https://[fd00:ec2::254]', 'metadata'],
    ['https://[fd00:0ec2:0:0:0:0:0:0254]', 'metadata'],
    ['https://metadata.google.internal', 'metadata'],
    ['https://METADATA.google.internal./computeMetadata', 'metadata'],
    // nowhere and everybody
    ['https://0.0.0.0', 'unspecified'],
    ['http://0:9999', 'unspecified'],
    ['https://[::]', 'unspecified'],
    ['https://224.0.0.1', 'multicast'],
    ['https://255.255.255.255', 'multicast'],
    ['https://[ff02::1]', 'multicast'],
    // our own servers, by whatever name of this machine
    ['http://127.0.0.1:3000', 'this server'],
    ['http://127.0.0.1:7233', 'this server'],
    ['http://localhost:7233', 'this server'],
    ['https://localhost:27017', 'this server'],
    ['https://127.0.0.1:27017', 'this server'],
    ['https://127.9.9.9:27017', 'this server'],
    ['http://127.1:3000', 'this server'],
    ['http://0x7f.1:3000', 'this server'],
    ['http://017700000001:3000', 'this server'],
    ['http://[::1]:3000', 'this server'],
    ['http://[::ffff:7f00:1]:3000', 'this server'],
    ['https://foo.localhost:3000', 'this server'],
    ['http://127.0.0.1:9000', 'this server'],
    ['https://temporal.internal:7233', 'this server'],
    ['https://TEMPORAL.internal.:7233', 'this server'],
    ['https://bridge.example.com', 'this server'],
    ['https://bridge.example.com:27017', 'this server'],
  ])('may not be %s', (address, why) => {
    expect(addressProblem(address, ours)).toContain(why);
  });

  it('may not be one of our servers by the number of a network card of this machine', () => {
    const card = Object.values(networkInterfaces())
      .flat()
      .find((address) => address?.family === 'IPv4' && !address.internal);
    // A machine without a network has no such address; then there is nothing to reach it by either.
    if (card === undefined) return;
    expect(addressProblem(`https://${card.address}:3000`, ['0.0.0.0:3000'])).toContain('this server');
    expect(addressProblem(`https://${card.address}:3001`, ['0.0.0.0:3000'])).toBeNull();
  });

  it('refuses link-local however the number is written', () => {
    const part = fc.integer({ min: 0, max: 255 });
    const spelling = fc.constantFrom<(value: number) => string>(
      (value) => String(value),
      (value) => `0x${value.toString(16)}`,
      (value) => `0${value.toString(8)}`,
    );
    fc.assert(
      fc.property(part, part, fc.array(spelling, { minLength: 4, maxLength: 4 }), (c, d, spellings) => {
        const host = [169, 254, c, d].map((value, index) => spellings[index]!(value)).join('.');
        expect(addressProblem(`https://${host}`, [])).toContain('link-local');
        const whole = ((169 << 24) >>> 0) + (254 << 16) + (c << 8) + d;
        expect(addressProblem(`https://${spellings[0]!(whole)}`, [])).toContain('link-local');
        expect(addressProblem(`https://[::ffff:169.254.${c}.${d}]`, [])).toContain('link-local');
      }),
    );
  });
});

describe('the address of a session border controller', () => {
  it.each(['sbc.example.com', 'sbc.example.com:5061', '10.1.2.3', '[2001:db8::1]:5060', 'sbc'])(
    'may be %s',
    (address) => {
      expect(hostAndPortProblem(address, ours)).toBeNull();
    },
  );

  it.each([
    'https://sbc.example.com',
    'user@sbc',
    'sbc/path',
    '169.254.1.1',
    '0',
    '[fe80::1]',
    'sbc:999999',
    'a b',
    '127.1:3000',
  ])('may not be %s', (address) => {
    expect(hostAndPortProblem(address, ours)).not.toBeNull();
  });
});
