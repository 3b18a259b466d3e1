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

type Json = Record<string, unknown>;

const put = (body: unknown, headers: Record<string, string> = {}, name = 'moscow') =>
  lab.ask('PUT', `/connections/${name}`, { body, headers });
const patch = (body: unknown, headers: Record<string, string> = {}) =>
  lab.ask('PATCH', '/connections/moscow', {
    body,
    headers: { 'content-type': 'application/merge-patch+json', ...headers },
  });
const stored = async () => (await lab.store.connections.get('moscow'))!.value;
const fields = (answer: { body: { errors?: { field: string }[] } }): string[] =>
  (answer.body.errors ?? []).map(({ field }) => field);

describe('secrets', () => {
  beforeEach(() => put({ ...example(), webhookTokens: ['first-token', 'second-token'] }));

  it('stay when they are absent or masked', async () => {
    const body = example();
    delete body.webhookTokens;
    (body.threecx.auth as Json) = { kind: 'client-credentials', clientId: 'renamed' };
    (body.bitrix24.auth as Json) = { kind: 'webhook', url: '***' };
    expect((await put(body)).status).toBe(200);
    expect(await stored()).toMatchObject({
      webhookTokens: ['first-token', 'second-token'],
      threecx: { auth: { clientId: 'renamed', clientSecret: 'pbx-secret' } },
      bitrix24: { auth: { url: 'https://portal.example.com/rest/1/hook-secret/' } },
    });
  });

  it('rotate: a new one beside a masked one', async () => {
    await put({ ...example(), webhookTokens: ['new-token', '***'] });
    expect((await stored()).webhookTokens).toEqual(['new-token', 'second-token']);
    await put({ ...example(), webhookTokens: ['new-token'] });
    await put({ ...example(), webhookTokens: ['newest-token', '***'] });
    expect((await stored()).webhookTokens).toEqual(['newest-token', 'new-token']);
  });

  it('of one kind of log-in are not kept for another', async () => {
    const body = example();
    (body.threecx.auth as Json) = { kind: 'token' };
    expect(fields(await put(body))).toEqual(['threecx.auth.token']);
    (body.threecx.auth as Json) = { kind: 'token', token: '***' };
    expect(fields(await put(body))).toEqual(['threecx.auth.token']);
  });

  it('are in no audit row', async () => {
    const { text } = await lab.ask('GET', '/connections/moscow/audit');
    expect(text).toContain('connection.put');
    expect(text).not.toMatch(/pbx-secret|hook-secret|first-token/);
  });
});

describe('patching a connection', () => {
  beforeEach(() => put({ ...example(), bitrix24: { auth: application } }));

  it('changes what is named and keeps the rest', async () => {
    const answer = await patch({ rules: { showCard: 'answer' }, name: null });
    expect(answer.status).toBe(200);
    expect(answer.body.name).toBeUndefined();
    expect(answer.body.rules).toMatchObject({ showCard: 'answer', fallbackUserId: 1 });
    expect(await stored()).toMatchObject({
      threecx: { auth: { clientSecret: 'pbx-secret' } },
      webhookTokens: ['first-token'],
    });
  });

  it('removes a secret with null, when the connection can do without', async () => {
    expect((await patch({ bitrix24: { auth: { applicationToken: null, tokens: null } } })).status).toBe(200);
    const { auth } = (await stored()).bitrix24;
    expect(auth).toMatchObject({ clientSecret: 'app-secret' });
    expect(auth).not.toHaveProperty('applicationToken');
    expect(auth).not.toHaveProperty('tokens');
    expect(fields(await patch({ bitrix24: { auth: { clientSecret: null } } }))).toEqual([
      'bitrix24.auth.clientSecret',
    ]);
    expect(fields(await patch({ webhookTokens: null }))).toEqual(['webhookTokens']);
  });

  it('replaces a log-in of another kind whole', async () => {
    const answer = await patch({ threecx: { auth: { kind: 'user', username: 'u', password: 'p' } } });
    expect(answer.body.threecx.auth).toEqual({ kind: 'user', username: 'u', password: '***' });
  });

  it('fills a default in for a removed rule', async () => {
    await patch({ rules: { crmCreate: 'always' } });
    expect((await patch({ rules: { crmCreate: null } })).body.rules.crmCreate).toBe('inbound');
  });

  it('takes plain JSON as well, and no other type', async () => {
    expect((await patch({ name: 'x' }, { 'content-type': 'application/json' })).status).toBe(200);
    expect((await patch('{"name":"x"}', { 'content-type': 'application/json-patch+json' })).status).toBe(415);
  });

  it.each([
    [[]],
    ['"x"'],
    ['null'],
    ['1'],
    ['{"__proto__":{"name":"x"}}'],
    ['{"rules":{"__proto__":{"showCard":"x"}}}'],
  ])('refuses %s', async (body) => {
    expect((await patch(body)).status).toBe(400);
  });

  it('refuses an unknown field, in any depth', async () => {
    expect(fields(await patch({ rules: { constructor: { prototype: {} } } }))).toEqual(['rules.constructor']);
    expect(fields(await patch({ threecx: { auth: { secret: 'x' } } }))).toEqual(['threecx.auth.secret']);
  });

  it('is 404 for a connection that is not there', async () => {
    expect((await lab.ask('PATCH', '/connections/nobody', { body: {} })).status).toBe(404);
  });
});

describe('conditions', () => {
  it('let a change through only on the version that was read', async () => {
    const etag = (await put(example())).headers.get('etag')!;
    expect((await put({ ...example(), name: 'a' }, { 'if-match': '"other"' })).status).toBe(412);
    expect((await put({ ...example(), name: 'a' }, { 'if-match': etag })).status).toBe(200);
    expect((await put({ ...example(), name: 'b' }, { 'if-match': etag })).status).toBe(412);
    expect((await patch({ name: 'c' }, { 'if-match': etag })).status).toBe(412);
    expect((await lab.ask('DELETE', '/connections/moscow', { headers: { 'if-match': etag } })).status).toBe(
      412,
    );
    expect((await patch({ name: 'c' }, { 'if-match': '*' })).status).toBe(200);
    expect((await put(example(), { 'if-match': '*' }, 'absent')).status).toBe(412);
    const now = (await lab.ask('GET', '/connections/moscow')).headers.get('etag')!;
    expect((await lab.ask('DELETE', '/connections/moscow', { headers: { 'if-match': now } })).status).toBe(
      204,
    );
  });

  it('keep every one of many patches at once', async () => {
    await put(example());
    const changes = [{ name: 'n' }, { rules: { maxCallHours: 5 } }, { country: 'DE' }];
    const answers = await Promise.all(changes.map((change) => patch(change)));
    // A patch that met the others too often says so; it is never lost in silence.
    const done = changes.filter((_, index) => answers[index]!.status === 200);
    expect(answers.every(({ status }) => status === 200 || status === 412)).toBe(true);
    for (const change of done) expect(await stored()).toMatchObject(change);
  });
});
