import type { AdminLab } from '../../../../test/support/admin-lab';
import { openAdminLab } from '../../../../test/support/admin-lab';
import { token } from '../../../../test/support/api-lab';

let lab: AdminLab;
beforeEach(async () => {
  lab = await openAdminLab({
    doctor: async () => [
      { name: 'bitrix24-scopes', ok: false, detail: 'telephony is missing', mend: 'Add it.' },
    ],
  });
});
afterEach(() => lab.close());

const create = (body: unknown) => lab.ask('POST', '/keys', { body });

describe('admin keys', () => {
  it('are shown once and work at once', async () => {
    const made = await create({ name: 'Robot', role: 'viewer', connections: ['office'] });
    expect([made.status, made.body]).toEqual([
      201,
      {
        id: expect.any(String),
        name: 'Robot',
        role: 'viewer',
        connections: ['office'],
        createdAt: expect.any(String),
        lastUsedAt: null,
        secret: expect.stringMatching(/^bk_/),
      },
    ]);
    const key = made.body.secret as string;
    expect((await lab.ask('GET', '/connections/office', { key })).status).toBe(200);
    const list = await lab.ask('GET', '/keys');
    expect(list.text).not.toContain(key);
    expect(list.body.items).toContainEqual(
      expect.objectContaining({ name: 'Robot', lastUsedAt: expect.any(String) }),
    );
    expect((await lab.ask('DELETE', `/keys/${made.body.id}`)).status).toBe(204);
    expect((await lab.ask('GET', '/connections/office', { key })).status).toBe(401);
    expect((await lab.ask('DELETE', `/keys/${made.body.id}`)).status).toBe(404);
  });

  it('are for everything when no scope is named', async () => {
    expect((await create({ name: 'x', role: 'admin' })).body.connections).toBeNull();
  });

  it.each<[unknown, string]>([
    [{}, 'name'],
    [{ name: '', role: 'admin' }, 'name'],
    [{ name: 'x', role: 'owner' }, 'role'],
    [{ name: 'x', role: { $ne: 1 } }, 'role'],
    [{ name: 'x', role: 'admin', connections: [] }, 'connections'],
    [{ name: 'x', role: 'admin', connections: ['No'] }, 'connections.0'],
    [{ name: 'x', role: 'admin', secret: 'mine' }, 'secret'],
  ])('are not made from %j', async (body, field) => {
    const answer = await create(body);
    expect([answer.status, answer.body.errors[0].field]).toEqual([400, field]);
  });

  it('can all be removed but the last that may do everything', async () => {
    const { items } = (await lab.ask('GET', '/keys')).body;
    const statuses: number[] = [];
    for (const { id, role, connections } of items as { id: string; role: string; connections: unknown }[])
      if (role !== 'admin' || connections !== null)
        statuses.push((await lab.ask('DELETE', `/keys/${id}`)).status);
    expect(new Set(statuses)).toEqual(new Set([204]));
    const [last] = (await lab.ask('GET', '/keys')).body.items;
    expect((await lab.ask('DELETE', `/keys/${last.id}`)).status).toBe(409);
    expect((await lab.ask('GET', '/keys')).status).toBe(200);
  });

  it('are left one that may do everything, also when all of them are removed at once', async () => {
    const master = { name: 'more', role: 'admin' };
    for (let more = 0; more < 3; more += 1) await create(master);
    const all = (await lab.ask('GET', '/keys')).body.items as {
      id: string;
      connections: unknown;
      role: string;
    }[];
    const masters = all.filter(({ role, connections }) => role === 'admin' && connections === null);
    expect(masters).toHaveLength(4);
    const answers = await Promise.all(masters.map(({ id }) => lab.ask('DELETE', `/keys/${id}`)));
    // Who asks last may find his own key ended already.
    const removed = answers.filter(({ status }) => status === 204).length;
    expect(
      (await lab.store.adminKeys.list()).filter(
        ({ role, connections }) => role === 'admin' && connections === null,
      ),
    ).toHaveLength(4 - removed);
    expect(removed).toBeLessThan(4);
  });
});

describe('the audit trail', () => {
  it('names who, what and which request, for one connection and for all', async () => {
    const put = await lab.ask('PUT', '/connections/office/extensions/101', {
      body: { userId: 1 },
      key: lab.keys.office,
    });
    await create({ name: 'x', role: 'admin' });
    const { items } = (await lab.ask('GET', '/audit?limit=2')).body;
    expect(items.map(({ action }: { action: string }) => action)).toEqual(['key.create', 'extension.put']);
    expect(items[1].requestId).toBe(put.headers.get('x-request-id'));
    const own = (await lab.ask('GET', '/connections/office/audit', { key: lab.keys.office })).body.items;
    expect(own.every(({ connection }: { connection: string }) => connection === 'office')).toBe(true);
  });

  it('is looked through on demand, and a tampered row is named', async () => {
    await create({ name: 'x', role: 'admin' });
    const whole = await lab.ask('GET', '/audit/verify', { key: lab.keys.viewer });
    expect([whole.status, whole.body.ok]).toEqual([200, true]);
    const [last] = (await lab.ask('GET', '/audit?limit=1')).body.items;
    expect(whole.body.head).toBe(last.hash);
    await lab.database.db.collection('audit').updateOne({ _id: last.id }, { $set: { actor: 'nobody' } });
    expect((await lab.ask('GET', '/audit/verify')).body).toMatchObject({
      ok: false,
      rows: whole.body.rows - 1,
      firstBroken: last.id,
    });
    expect((await lab.ask('GET', '/audit/verify', { key: lab.keys.office })).status).toBe(403);
  });
});

describe('the doctor', () => {
  it('tells what it looked at', async () => {
    expect((await lab.ask('POST', '/connections/office/test')).body).toEqual({
      checks: [{ name: 'bitrix24-scopes', ok: false, detail: 'telephony is missing', mend: 'Add it.' }],
    });
  });
});

describe('the CRM template', () => {
  it('is a file for this connection that holds no secret', async () => {
    const answer = await lab.ask('GET', '/connections/office/3cx/crm-template.xml');
    expect(answer.headers.get('content-type')).toMatch(/^application\/xml/);
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename="[a-z0-9-]+\.xml"$/);
    expect(answer.text).toContain('/webhooks/3cx/office/');
    expect(answer.text).not.toContain(token);
  });
});

describe('addresses of the admin API', () => {
  it.each([
    '/nothing',
    '/connections/office/nothing',
    '//connections',
    '/connections/office/extensions/101/x',
  ])('are 404: %s', async (path) => {
    expect((await lab.askRoot('GET', `/api/v1${path}`)).status).toBe(404);
  });

  it('name the methods that they take', async () => {
    const answer = await lab.askRoot('POST', '/api/v1/connections/office', { body: {} });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toMatch(/GET/);
  });

  it.each([
    ['PUT', '/extensions/export', 'HEAD, GET'],
    ['GET', '/lines/import', 'POST'],
    ['DELETE', '/extensions/unmapped', 'HEAD, GET'],
    ['PATCH', '/calls/search', 'POST'],
  ])('with a word where others have an id take no %s: %s', async (method, path, allow) => {
    const answer = await lab.askRoot(method, `/api/v1/connections/office${path}`);
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, allow]);
  });

  it('answer 503 while the database is away', async () => {
    await lab.stopDatabase();
    const answer = await lab.askRoot('GET', '/api/v1/connections');
    expect(answer.status).toBe(503);
  });
});
