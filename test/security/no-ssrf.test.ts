import dns from 'node:dns';
import { createBitrix24Client } from '../../src/bitrix24';
import type { Connection } from '../../src/domain/connection';
import { createThreecxClient } from '../../src/threecx';
import { applicationAuth, connectionBody } from '../support/connection-body';
import type { AdminLab } from '../support/admin-lab';
import { openAdminLab } from '../support/admin-lab';
import { connectionOf } from '../support/api-lab';
import { silentLog } from '../support/test-store';
import { AnsweringPeer, Bystander, ConnectionWatch } from './outgoing';

/** Stands for Temporal, MongoDB or any other server beside ours. */
let own: Bystander;
/** Says that every access token is over, so that the token server is asked for a new one. */
let portal: AnsweringPeer;
let lab: AdminLab;
let watch: ConnectionWatch;
let clients: {
  bitrix24: ReturnType<typeof createBitrix24Client>;
  threecx: ReturnType<typeof createThreecxClient>;
};
beforeAll(async () => {
  own = await Bystander.start();
  portal = await AnsweringPeer.start();
  portal.answer = (_request, response) =>
    response
      .writeHead(401, { 'content-type': 'application/json' })
      .end('{"error":"expired_token","error_description":"The access token provided has expired."}');
  lab = await openAdminLab();
  lab.deps.settings.forbiddenOrigins.push(`127.0.0.1:${own.port}`, new URL(lab.url).host);
  const { store } = lab;
  clients = {
    bitrix24: createBitrix24Client({ store, log: silentLog, httpTimeoutMs: 1_000 }),
    threecx: createThreecxClient({ store, log: silentLog }),
  };
  const { port: mongo } = new URL(process.env.TEST_MONGODB_URI!);
  watch = new ConnectionWatch(() => [
    Number(mongo),
    ...[lab.url, portal.url, nowhere].map((url) => Number(new URL(url).port)),
  ]);
});
afterAll(async () => {
  watch.stop();
  clients.threecx.close();
  await Promise.all([own.close(), portal.close(), lab.close()]);
});

type Where = 'baseUrl' | 'webhook' | 'portalUrl' | 'tokenUrl';
const places: Where[] = ['baseUrl', 'webhook', 'portalUrl', 'tokenUrl'];

/** Nobody listens there, so whoever is sent there comes back at once. */
const nowhere = 'http://127.0.0.1:1';

/** A connection, as it is sent, with the address in one place and nowhere in the others. */
function bodyWith(
  place: Where,
  address: string,
): Record<string, unknown> & Pick<Connection, 'threecx' | 'bitrix24'> {
  const at = (other: Where): string => (other === place ? address : nowhere);
  const body = connectionBody();
  const auth =
    place === 'portalUrl' || place === 'tokenUrl'
      ? {
          ...applicationAuth,
          portalUrl: place === 'portalUrl' ? address : portal.url,
          tokenUrl: at('tokenUrl'),
        }
      : { kind: 'webhook', url: `${at('webhook')}/rest/1/hook-secret/` };
  const { sbcAddress: _sbc, ...threecx } = body.threecx;
  return {
    ...body,
    threecx: { ...threecx, baseUrl: at('baseUrl') },
    bitrix24: { auth, plan: 'standard' },
  } as never;
}

let serial = 0;
/** The same, as it would stand in the database had it slipped past the API. */
function storedWith(place: Where, address: string): Connection {
  const { threecx, bitrix24 } = bodyWith(place, address);
  serial += 1;
  // Whoever shares a client shares what is known of its credentials.
  if (bitrix24.auth.kind === 'application') bitrix24.auth.clientId = `local.${serial}`;
  return connectionOf({ id: `stored-${serial}`, threecx, bitrix24 });
}

/** Asks both peers whatever can be asked, as the doctor does. */
async function useBoth(connection: Connection): Promise<void> {
  const checks = [
    await clients.threecx.checks(connection),
    await clients.bitrix24.checks(connection, { eventHandler: 'https://bridge.example.com' }),
  ];
  expect(checks.flat().length).toBeGreaterThanOrEqual(2);
}

/** Our own servers, in the spellings that lead to this machine (`reliability.md` B60, B61). */
const ownSpellings = [
  '127.0.0.1',
  '127.1',
  '127.0.1',
  '2130706433',
  '0x7f000001',
  '0x7f.1',
  '0x7F.0.0.0x1',
  '017700000001',
  '0177.0.0.1',
  '127.0.0.1.',
  '127.127.127.127',
  '①②⑦.⓪.⓪.①',
  '127%2e0%2e0%2e1',
  '127。0。0。1',
  'localhost',
  'LOCALHOST.',
  'a.localhost',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '0',
  '0.0.0.0',
  '[::]',
];

/** Places that are never called. */
const forbidden = [
  'https://169.254.169.254',
  'http://169.254.169.254',
  'https://169.254.169.254.',
  'https://2852039166',
  'https://0xa9fea9fe',
  'https://0251.0376.0251.0376',
  'https://169.254.43518',
  'https://①⑥⑨.②⑤④.①⑥⑨.②⑤④',
  'https://[::ffff:169.254.169.254]',
  'https://[::ffff:a9fe:a9fe]',
  'https://[::a9fe:a9fe]',
  'https://[64:ff9b::a9fe:a9fe]',
  'https://[2002:a9fe:a9fe::1]',
  'https://[fe80::1]',
  'https://100.100.100.200',
  'https://168.63.129.16',
  'https://192.0.0.192',
  'https://[fd00:ec2::254]',
  'https://0.0.0.0',
  'https://0',
  'https://[::]',
  'https://224.0.0.1',
  'https://255.255.255.255',
  'https://[ff02::1]',
  'http://10.0.0.5',
  'http://pbx.example.com',
  'http://[fd00::1]',
  'file:///etc/passwd',
  'ftp://127.0.0.1',
  'gopher://127.0.0.1:70',
  'data:text/plain,x',
  'javascript:alert(1)',
  'ws://127.0.0.1',
  '//127.0.0.1',
];

const nothing = { refused: places.map(() => 400), tried: [], connections: 0 };

async function refusals(address: string): Promise<unknown> {
  const refused: number[] = [];
  for (const place of places) {
    const name = `ssrf-${place.toLowerCase()}`;
    refused.push((await lab.ask('PUT', `/connections/${name}`, { body: bodyWith(place, address) })).status);
    await lab.ask('POST', `/connections/${name}/test`);
  }
  return { refused, tried: watch.take(), connections: own.connections };
}

describe('an address that a connection must not name makes no connection', () => {
  it.each(ownSpellings.flatMap((host) => [`http://${host}`, `https://${host}`]))(
    'our own server as %s',
    async (origin) => {
      expect(await refusals(`${origin}:${own.port}`)).toEqual(nothing);
    },
  );

  it.each(['user@', 'user:password@', 'pbx.example.com@'])('with a user in it: %s', async (user) => {
    expect(await refusals(`http://${user}127.0.0.1:${own.port}`)).toEqual(nothing);
  });

  it.each(forbidden)('%s', async (address) => {
    expect(await refusals(address)).toEqual(nothing);
  });

  it.each(forbidden)('%s, not even when it stands in the database', async (address) => {
    for (const place of places) await useBoth(storedWith(place, address));
    expect({ tried: watch.take(), connections: own.connections }).toEqual({ tried: [], connections: 0 });
  });

  it.each(places)('while one that is allowed is called as %s, so that the counting counts', async (place) => {
    const allowed = await Bystander.start();
    await useBoth(storedWith(place, allowed.url));
    expect(watch.take()).toContain(`127.0.0.1:${allowed.port}`);
    expect(allowed.connections).toBeGreaterThan(0);
    await allowed.close();
  });
});

describe('a name', () => {
  const answers = new Map<string, string[]>();
  let lookup: jest.SpyInstance;
  beforeAll(() => {
    const real = dns.lookup as (...args: unknown[]) => void;
    lookup = jest.spyOn(dns, 'lookup').mockImplementation(((
      name: string,
      options: unknown,
      done: (error: null, found: dns.LookupAddress[]) => void,
    ) => {
      const found = answers.get(name);
      if (found === undefined) return real(name, options, done);
      done(
        null,
        found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
    }) as never);
  });
  afterAll(() => lookup.mockRestore());

  it.each([
    ['https', ['169.254.169.254']],
    ['https', ['203.0.113.9', '169.254.169.254']],
    ['https', ['::ffff:169.254.169.254']],
    ['https', ['fe80::1']],
    ['https', ['0.0.0.0']],
    ['https', ['fd00:ec2::254']],
  ])('that leads from %s to %j is not connected to', async (scheme, addresses) => {
    answers.set('rebound.example', addresses);
    const asked = lookup.mock.calls.length;
    for (const place of places) await useBoth(storedWith(place, `${scheme}://rebound.example`));
    const names = lookup.mock.calls.slice(asked).map(([name]) => name as string);
    expect(names.filter((name) => name === 'rebound.example').length).toBeGreaterThanOrEqual(places.length);
    expect(watch.take()).toEqual([]);
  });
});
