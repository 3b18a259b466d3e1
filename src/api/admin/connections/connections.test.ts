import type { AdminLab } from '../../../../test/support/admin-lab';
import { openAdminLab } from '../../../../test/support/admin-lab';
import { connectionOf } from '../../../../test/support/api-lab';
import {
  applicationAuth as application,
  connectionBody as example,
} from '../../../../test/support/connection-body';

let lab: AdminLab;
beforeAll(async () => {
  lab = await openAdminLab();
  lab.deps.settings.forbiddenOrigins.push('127.0.0.1:7233');
});
afterAll(() => lab.close());
beforeEach(async () => {
  for (const { id } of await lab.store.connections.all())
    await lab.store.connections.delete(id, { id: 'test' });
  await lab.put(connectionOf());
});

const put = (body: unknown, headers: Record<string, string> = {}, name = 'moscow') =>
  lab.ask('PUT', `/connections/${name}`, { body, headers });
const stored = async () => (await lab.store.connections.get('moscow'))!.value;
const fields = (answer: { body: { errors?: { field: string }[] } }): string[] =>
  (answer.body.errors ?? []).map(({ field }) => field);

describe('making a connection', () => {
  it('answers 201 with every secret masked, then 200', async () => {
    const first = await put(example());
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({
      id: 'moscow',
      name: 'Moscow office',
      webhookTokens: ['***'],
      threecx: { auth: { kind: 'client-credentials', clientId: 'bridge', clientSecret: '***' } },
      bitrix24: { auth: { kind: 'webhook', url: '***' } },
      rules: { anonymousNumber: '000', maxCallHours: 12, attentionDays: 30 },
      health: { bitrix24: { ok: null }, threecx: { ok: null } },
    });
    expect(first.text).not.toMatch(/pbx-secret|hook-secret|first-token/);
    const second = await put({ ...example(), name: 'Other name' });
    expect(second.status).toBe(200);
    expect((await put({ ...example(), name: 'Other name' })).headers.get('etag')).toBe(
      second.headers.get('etag'),
    );
  });

  it('makes a webhook token when none is given, shows it once and keeps it', async () => {
    const { webhookTokens: _tokens, ...body } = example();
    const made = await put(body);
    expect(made.body.webhookTokens).toEqual([expect.stringMatching(/^[A-Za-z0-9_-]{32}$/)]);
    expect((await stored()).webhookTokens).toEqual(made.body.webhookTokens);
    expect((await lab.ask('GET', '/connections/moscow')).body.webhookTokens).toEqual(['***']);
    expect((await put(body)).body.webhookTokens).toEqual(['***']);
    expect((await stored()).webhookTokens).toEqual(made.body.webhookTokens);
  });

  it('is known to webhooks at once', async () => {
    await put(example());
    const answer = await lab.askRoot('POST', '/webhooks/3cx/moscow/call-started', {
      key: 'first-token',
      body: { callId: 'call-1', callerNumber: '+74951234567' },
    });
    expect(answer.status).toBe(202);
    await lab.ask('DELETE', '/connections/moscow');
    const gone = await lab.askRoot('POST', '/webhooks/3cx/moscow/call-started', {
      key: 'first-token',
      body: {},
    });
    expect(gone.status).toBe(404);
  });

  it.each(['UPPER', '-dash', 'a'.repeat(33), 'with.dot', 'null%00', '%2e%2e%2f', 'с-кириллицей'])(
    'refuses the name %s',
    async (name) => {
      expect((await put(example(), {}, name)).status).toBe(400);
    },
  );

  it('names every field that does not fit', async () => {
    const body = example();
    const answer = await put({
      ...body,
      timeZone: 'Mars/Olympus',
      country: 'ru',
      unknown: 1,
      threecx: { ...body.threecx, recordings: 'sometimes', auth: { kind: 'token' } },
      rules: { fallbackUserId: 'one', showCard: 'ring', maxCallHours: -1, $where: '1' },
    });
    expect(answer.status).toBe(400);
    expect(fields(answer)).toEqual(
      expect.arrayContaining([
        'timeZone',
        'country',
        'unknown',
        'threecx.recordings',
        'threecx.auth.token',
        'rules.fallbackUserId',
        'rules.maxCallHours',
        'rules.$where',
      ]),
    );
    expect(await lab.store.connections.get('moscow')).toBeNull();
  });

  it.each<[string, string, (body: ReturnType<typeof example>) => unknown]>([
    [
      'a PBX on our own port',
      'threecx.baseUrl',
      (body) => ({ ...body, threecx: { ...body.threecx, baseUrl: 'http://127.0.0.1:7233' } }),
    ],
    [
      'a metadata address as PBX',
      'threecx.baseUrl',
      (body) => ({ ...body, threecx: { ...body.threecx, baseUrl: 'https://169.254.169.254' } }),
    ],
    [
      'a plain http portal',
      'bitrix24.auth.url',
      (body) => ({
        ...body,
        bitrix24: { auth: { kind: 'webhook', url: 'http://portal.example.com/rest/1/x/' } },
      }),
    ],
    [
      'a portal address that is no webhook',
      'bitrix24.auth.url',
      (body) => ({ ...body, bitrix24: { auth: { kind: 'webhook', url: 'https://portal.example.com/' } } }),
    ],
    [
      'a bad portal of an application',
      'bitrix24.auth.portalUrl',
      (body) => ({ ...body, bitrix24: { auth: { ...application, portalUrl: 'file:///etc' } } }),
    ],
    [
      'a bad token server',
      'bitrix24.auth.tokenUrl',
      (body) => ({ ...body, bitrix24: { auth: { ...application, tokenUrl: 'https://[fe80::1]/' } } }),
    ],
    [
      'a bad border controller',
      'threecx.sbcAddress',
      (body) => ({ ...body, threecx: { ...body.threecx, sbcAddress: 'https://x' } }),
    ],
    [
      'no folder for folder recordings',
      'threecx.folder',
      (body) => ({ ...body, threecx: { ...body.threecx, recordings: 'folder' } }),
    ],
    [
      'the console without a user',
      'threecx.auth.kind',
      (body) => ({ ...body, threecx: { ...body.threecx, recordings: 'console' } }),
    ],
    [
      'Call Control of a v18',
      'threecx.callControl',
      (body) => ({
        ...body,
        threecx: {
          ...body.threecx,
          auth: { kind: 'user', username: '300', password: 'p' },
          recordings: 'console',
          callControl: true,
        },
      }),
    ],
    [
      'a relative folder',
      'threecx.folder',
      (body) => ({ ...body, threecx: { ...body.threecx, folder: '../x' } }),
    ],
    [
      'a recordings path upwards',
      'threecx.recordingsPath',
      (body) => ({ ...body, threecx: { ...body.threecx, recordingsPath: '/api/../../x' } }),
    ],
    [
      'a certificate that is none',
      'threecx.caCertificate',
      (body) => ({ ...body, threecx: { ...body.threecx, caCertificate: 'PEM' } }),
    ],
    ['the same token twice', 'webhookTokens', (body) => ({ ...body, webhookTokens: ['a', 'a'] })],
    ['three tokens', 'webhookTokens', (body) => ({ ...body, webhookTokens: ['a', 'b', 'c'] })],
    ['a token with a space', 'webhookTokens.0', (body) => ({ ...body, webhookTokens: ['a b'] })],
    [
      'a mask that hides nothing',
      'threecx.auth.clientSecret',
      (body) => ({
        ...body,
        threecx: {
          ...body.threecx,
          auth: { kind: 'client-credentials', clientId: 'x', clientSecret: '***' },
        },
      }),
    ],
    [
      'a masked token of a new connection',
      'webhookTokens.0',
      (body) => ({ ...body, webhookTokens: ['***'] }),
    ],
    ['the id of another connection', 'id', (body) => ({ ...body, id: 'office' })],
    ['a foreign field', '_id', (body) => ({ ...body, _id: 'x' })],
  ])('refuses %s', async (_what, field, change) => {
    const answer = await put(change(example()));
    expect([answer.status, fields(answer)]).toEqual([400, [field]]);
    expect(answer.text).not.toMatch(/pbx-secret|hook-secret|app-secret/);
  });

  it('takes back what it answered', async () => {
    const { body } = await put({ ...example(), bitrix24: { auth: application } });
    expect((await put(body)).status).toBe(200);
    expect(await stored()).toMatchObject({
      webhookTokens: ['first-token'],
      threecx: { auth: { clientSecret: 'pbx-secret' } },
      bitrix24: {
        auth: { clientSecret: 'app-secret', applicationToken: 'app-token', tokens: application.tokens },
      },
    });
  });
});

describe('reading connections', () => {
  it('pages through all of them once, in order', async () => {
    for (const name of ['c', 'a', 'b', 'd']) await put(example(), {}, name);
    const names: string[] = [];
    let cursor = '';
    do {
      const { body } = await lab.ask('GET', `/connections?limit=2&cursor=${cursor}`);
      names.push(...body.items.map(({ id }: { id: string }) => id));
      cursor = body.nextCursor ?? '';
    } while (cursor !== '');
    expect(names).toEqual(['a', 'b', 'c', 'd', 'office']);
  });

  it('pages through those of a key with a scope alike, and refuses it a cursor that is none', async () => {
    for (const name of ['c', 'a', 'b', 'd']) await put(example(), {}, name);
    const scope = { name: 'some', role: 'viewer' as const, connections: ['d', 'gone', 'office', 'a'] };
    const { secret: key } = await lab.store.adminKeys.create(scope, { id: 'test' });
    const pages: string[][] = [];
    let cursor = '';
    do {
      const { body } = await lab.ask('GET', `/connections?limit=2&cursor=${cursor}`, { key });
      pages.push(body.items.map(({ id }: { id: string }) => id));
      cursor = body.nextCursor ?? '';
    } while (cursor !== '');
    expect(pages).toEqual([['a', 'd'], ['office']]);
    expect((await lab.ask('GET', '/connections?cursor=x', { key })).status).toBe(400);
  });

  it('tells how the last real contact went', async () => {
    await lab.store.health.report('office', 'bitrix24', {
      ok: false,
      reason: 'expired-token',
      mend: 'Install again.',
    });
    const { body } = await lab.ask('GET', '/connections/office');
    expect(body.health).toEqual({
      bitrix24: { ok: false, reason: 'expired-token', mend: 'Install again.', at: expect.any(String) },
      threecx: { ok: null },
    });
  });

  it('removes one once', async () => {
    expect((await lab.ask('DELETE', '/connections/office')).status).toBe(204);
    expect((await lab.ask('DELETE', '/connections/office')).status).toBe(404);
    expect((await lab.ask('GET', '/connections/office')).status).toBe(404);
    expect((await lab.ask('GET', '/connections/office/extensions')).status).toBe(404);
  });

  it.each([
    'limit=0',
    'limit=201',
    'limit=all',
    'limit=-1',
    'limit=1e9',
    'limit=1.5',
    'limit=1&limit=2',
    'cursor=x',
    'sort=$natural',
    'limit[$gt]=1',
  ])('refuses ?%s', async (query) => {
    expect((await lab.ask('GET', `/connections?${query}`)).status).toBe(400);
  });
});
