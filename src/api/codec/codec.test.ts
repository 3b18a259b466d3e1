import { randomBytes } from 'node:crypto';
import type { AdminLab } from '../../../test/support/admin-lab';
import { openAdminLab } from '../../../test/support/admin-lab';
import { DataKeys } from '../../store';
import { EncryptingPayloadCodec } from '../../worker/payload-codec';

const ui = 'http://127.0.0.1:8233';
const codec = new EncryptingPayloadCodec(new DataKeys([randomBytes(32)]));
let now = new Date('2026-11-25T10:00:00Z');
let lab: AdminLab;
beforeAll(async () => {
  lab = await openAdminLab({ decodePayloads: (payloads) => codec.decode(payloads), clock: () => now });
});
afterAll(() => lab.close());
beforeEach(() => {
  // Wrong keys of one test are long ago in the next.
  now = new Date(now.getTime() + 86_400_000);
  Object.assign(lab.deps.settings, { uiUrl: `${ui}/some/path`, publicUrl: 'http://127.0.0.1:3000' });
});

const form = { 'content-type': 'application/x-www-form-urlencoded' };
const logIn = (key: string, headers: Record<string, string> = {}) =>
  lab.askRoot('POST', '/codec/login', {
    key: null,
    body: `key=${encodeURIComponent(key)}`,
    headers: { ...form, ...headers },
  });
const cookieOf = async (key = lab.keys.admin): Promise<string> =>
  (await logIn(key)).headers.get('set-cookie')!.split(';')[0]!;
const decode = (headers: Record<string, string>, body: unknown = { payloads: [] }) =>
  lab.askRoot('POST', '/codec/decode', { key: null, body, headers });
const base64 = (text: string): string => Buffer.from(text).toString('base64');

async function encrypted(value: unknown) {
  const [payload] = await codec.encode([
    { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from(JSON.stringify(value)) },
  ]);
  return {
    metadata: Object.fromEntries(
      Object.entries(payload!.metadata!).map(([name, bytes]) => [
        name,
        Buffer.from(bytes).toString('base64'),
      ]),
    ),
    data: Buffer.from(payload!.data!).toString('base64'),
  };
}

describe('logging in', () => {
  it('takes an admin key in a form and gives a cookie that no script reads', async () => {
    const page = await lab.askRoot('GET', '/codec/login', { key: null });
    expect(page.text).toContain('<form method="post" action="/codec/login">');
    expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'.*form-action 'self'/);
    const answer = await logIn(lab.keys.admin);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('set-cookie')).toMatch(
      /^codec_session=[^;]+; Path=\/codec; HttpOnly; SameSite=Strict; Max-Age=3600$/,
    );
    expect(answer.text).not.toContain(lab.keys.admin);
  });

  it('is on record: who may read what calls hold from now on', async () => {
    const rows = async (): Promise<string[]> =>
      (await lab.store.audit.list({}, { limit: 200 })).items.map(({ action }) => action);
    const before = (await rows()).filter((action) => action === 'codec.login').length;
    const { body: made } = await lab.ask('POST', '/keys', { body: { name: 'x', role: 'admin' } });
    await logIn('wrong');
    await logIn(lab.keys.viewer);
    await logIn(made.secret);
    const [last] = (await lab.store.audit.list({}, { limit: 1 })).items;
    expect(last).toMatchObject({ action: 'codec.login', actor: made.id, target: made.id });
    expect((await rows()).filter((action) => action === 'codec.login')).toHaveLength(before + 1);
  });

  it('marks the cookie Secure behind https', async () => {
    lab.deps.settings.publicUrl = 'https://bridge.example.com';
    expect((await logIn(lab.keys.admin)).headers.get('set-cookie')).toMatch(/; Secure$/);
  });

  it('refuses wrong keys, viewers and keys with a scope', async () => {
    const answers = [
      await logIn('wrong'),
      await logIn(''),
      await logIn(lab.keys.viewer),
      await logIn(lab.keys.office),
    ];
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 403, 403]);
    expect(answers.map(({ headers }) => headers.get('set-cookie'))).toEqual([null, null, null, null]);
  });

  it('never repeats what was sent', async () => {
    const { text } = await logIn('"><script>canary</script>');
    expect(text).not.toContain('canary');
  });

  it.each<[Record<string, string>, number]>([
    [{ origin: 'https://evil.example.com' }, 403],
    [{ origin: 'null' }, 403],
    [{ origin: ui }, 403],
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'sec-fetch-site': 'same-site' }, 403],
    [{ 'sec-fetch-site': 'same-origin' }, 200],
  ])('from a form with %j answers %i', async (headers, status) => {
    expect((await logIn(lab.keys.admin, headers)).status).toBe(status);
  });

  it('from its own page works', async () => {
    expect((await logIn(lab.keys.admin, { origin: new URL(lab.url).origin })).status).toBe(200);
  });

  it('meets 429 in a flood of wrong keys, and the right one still works', async () => {
    const seen = new Set<number>();
    for (let guess = 0; guess < 110; guess++) seen.add((await logIn(`guess-${guess}`)).status);
    expect([...seen].sort()).toEqual([401, 429]);
    expect((await logIn(lab.keys.admin)).status).toBe(200);
  });

  it('takes forms only, and small ones', async () => {
    expect((await logIn(lab.keys.admin, { 'content-type': 'application/json' })).status).toBe(415);
    expect((await logIn('x'.repeat(10_000))).status).toBe(413);
  });
});

describe('decoding', () => {
  it('gives payloads in clear, in order, and leaves clear ones alone', async () => {
    const plain = { metadata: { encoding: base64('json/plain') }, data: base64('"in clear"') };
    const body = { payloads: [await encrypted({ a: 1 }), plain, await encrypted('zwei')] };
    const answer = await decode({ cookie: await cookieOf(), 'x-namespace': 'other' }, body);
    expect([answer.status, answer.body]).toEqual([
      200,
      {
        payloads: [
          { metadata: { encoding: base64('json/plain') }, data: base64('{"a":1}') },
          plain,
          { metadata: { encoding: base64('json/plain') }, data: base64('"zwei"') },
        ],
      },
    ]);
  });

  it('marks what cannot be read and goes on', async () => {
    const broken = { ...(await encrypted(1)), data: base64('x'.repeat(60)) };
    const answer = await decode({ cookie: await cookieOf() }, { payloads: [broken, await encrypted(2)] });
    const clear = answer.body.payloads.map(({ data }: { data: string }) =>
      Buffer.from(data, 'base64').toString(),
    );
    expect(clear).toEqual(['{"badPayload":"not-readable"}', '2']);
  });

  it('needs a session or an admin key', async () => {
    expect((await decode({})).status).toBe(401);
    expect((await decode({ cookie: 'codec_session=x' })).status).toBe(401);
    expect((await decode({ authorization: 'Bearer wrong' })).status).toBe(401);
    expect((await decode({ authorization: `Bearer ${lab.keys.viewer}` })).status).toBe(403);
    expect((await decode({ authorization: `Bearer ${lab.keys.office}` })).status).toBe(403);
    expect((await decode({ authorization: `Bearer ${lab.keys.admin}` })).status).toBe(200);
  });

  it('takes no cookie that was changed in any place', async () => {
    const cookie = await cookieOf();
    const [id, until, signature] = cookie.slice('codec_session='.length).split('.') as [
      string,
      string,
      string,
    ];
    const forged = [
      `${id}.${Number(until) + 1}.${signature}`,
      `bootstrap.${until}.${signature}`,
      `${id}.${until}.${signature.slice(0, -1)}`,
      `${id}.${until}`,
      `${id}.${until}.${signature}.x`,
      `..`,
    ];
    for (const value of forged)
      expect([value, (await decode({ cookie: `codec_session=${value}` })).status]).toEqual([value, 401]);
    expect((await decode({ cookie })).status).toBe(200);
  });

  it('ends after an hour, with the log-out and with the key', async () => {
    const cookie = await cookieOf();
    now = new Date(now.getTime() + 3_599_000);
    expect((await decode({ cookie })).status).toBe(200);
    now = new Date(now.getTime() + 2_000);
    expect((await decode({ cookie })).status).toBe(401);
    const out = await lab.askRoot('POST', '/codec/logout', { key: null, headers: { cookie } });
    expect(out.headers.get('set-cookie')).toMatch(/^codec_session=; .*Max-Age=0/);
    const { key, secret } = await lab.store.adminKeys.create(
      { name: 'x', role: 'admin', connections: null },
      { id: 'test' },
    );
    const second = await cookieOf(secret);
    expect((await decode({ cookie: second })).status).toBe(200);
    await lab.store.adminKeys.delete(key.id, { id: 'test' });
    expect((await decode({ cookie: second })).status).toBe(401);
  });

  it('lets the UI ask from its own origin and nobody else', async () => {
    const cookie = await cookieOf();
    const allowed = await decode({ cookie, origin: ui });
    expect(allowed.status).toBe(200);
    expect(allowed.headers.get('access-control-allow-origin')).toBe(ui);
    expect(allowed.headers.get('access-control-allow-credentials')).toBe('true');
    for (const origin of [
      'http://127.0.0.1:8234',
      'http://localhost:8233',
      'https://127.0.0.1:8233',
      `${ui}.evil.com`,
      'null',
      '*',
    ]) {
      const refused = await decode({ cookie, origin });
      expect([origin, refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([
        origin,
        403,
        null,
      ]);
    }
    lab.deps.settings.uiUrl = null;
    expect((await decode({ cookie, origin: ui })).status).toBe(403);
  });

  it('shows the UI its refusals, so that it can say what is missing', async () => {
    const refused = await decode({ origin: ui });
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, ui]);
    expect(refused.body.detail).toContain('/codec/login');
  });

  it('answers the browser before the real request', async () => {
    const ask = (origin: string) =>
      lab.askRoot('OPTIONS', '/codec/decode', {
        key: null,
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'content-type,x-namespace',
        },
      });
    const answer = await ask(ui);
    expect(answer.status).toBe(204);
    expect(answer.headers.get('access-control-allow-origin')).toBe(ui);
    expect(answer.headers.get('access-control-allow-methods')).toBe('POST');
    expect(answer.headers.get('access-control-allow-headers')).toMatch(/content-type.*x-namespace/);
    expect(answer.headers.get('vary')).toContain('Origin');
    expect((await ask('https://evil.example.com')).status).toBe(403);
  });

  it.each<[unknown, Record<string, string>, number]>([
    [{ payloads: 'x' }, {}, 400],
    [{ payloads: [{ data: 5 }] }, {}, 400],
    [{ payloads: [{ metadata: { encoding: '!' } }] }, {}, 400],
    [{}, {}, 400],
    ['{', { 'content-type': 'application/json' }, 400],
    ['{"payloads":[]}', { 'content-type': 'text/plain' }, 415],
  ])('refuses %j', async (body, headers, status) => {
    expect((await decode({ cookie: await cookieOf(), ...headers }, body)).status).toBe(status);
  });
});
