import type { AdminLab } from '../../../test/support/admin-lab';
import { openAdminLab } from '../../../test/support/admin-lab';
import type { Route } from './route';

let lab: AdminLab;
beforeAll(async () => {
  lab = await openAdminLab();
});
afterAll(() => lab.close());

/** A path of the route, about the connection `office`. */
function pathOf(route: Route): string {
  const values: Record<string, string> = {
    connection: 'office',
    extension: '101',
    did: '74951234567',
    callId: 'x',
    id: 'x',
  };
  return route.path.replace(/\{(\w+)\}/g, (_, name: string) => values[name]!);
}

async function statuses(key: string | null, routes = lab.routes): Promise<Record<string, number>> {
  const answers: Record<string, number> = {};
  // Changes last, and removing the connection at the very end, so that every route still finds it.
  const ordered = [...routes].sort(
    (a, b) => Number(a.id === 'deleteConnection') - Number(b.id === 'deleteConnection'),
  );
  for (const route of ordered) {
    const { status } = await lab.askRoot(route.method.toUpperCase(), `/api/v1${pathOf(route)}`, { key });
    answers[`${route.method} ${route.path}`] = status;
  }
  return answers;
}

const all = (status: number, routes: Route[]): Record<string, number> =>
  Object.fromEntries(routes.map((route) => [`${route.method} ${route.path}`, status]));

describe('who may do what', () => {
  it('refuses every route without a key, and with a wrong one', async () => {
    expect(await statuses(null)).toEqual(all(401, lab.routes));
    expect(await statuses('bk_wrong')).toEqual(all(401, lab.routes));
  });

  it('lets a viewer read everything and change nothing', async () => {
    const answers = await statuses(lab.keys.viewer);
    for (const route of lab.routes) {
      const status = answers[`${route.method} ${route.path}`];
      const reads = route.method === 'get' || route.id === 'searchCalls';
      expect([route.id, status === 403 || status === 401]).toEqual([route.id, !reads]);
    }
  });

  it('keeps a key with a scope out of other connections and of the server', async () => {
    const closed = lab.routes.filter(({ scope }) => scope !== 'filtered');
    expect(await statuses(lab.keys.elsewhere, closed)).toEqual(all(403, closed));
    const server = lab.routes.filter(({ scope }) => scope === 'server');
    expect(server.length).toBeGreaterThan(2);
    expect(await statuses(lab.keys.office, server)).toEqual(all(403, server));
  });

  it('lets a viewer with a scope read its connection only', async () => {
    const answers = await statuses(lab.keys.officeViewer);
    for (const route of lab.routes) {
      const reads = route.method === 'get' || route.id === 'searchCalls';
      const allowed = reads && route.scope !== 'server';
      expect([route.id, answers[`${route.method} ${route.path}`] === 403]).toEqual([route.id, !allowed]);
    }
  });

  it('lists only the connections that a key may see', async () => {
    expect((await lab.ask('GET', '/connections', { key: lab.keys.office })).body.items).toHaveLength(1);
    expect((await lab.ask('GET', '/connections', { key: lab.keys.elsewhere })).body).toEqual({ items: [] });
  });

  it('lets a key for one connection change that connection', async () => {
    const path = '/connections/office/extensions/101';
    const { status } = await lab.ask('PUT', path, { key: lab.keys.office, body: { userId: 5 } });
    expect(status).toBe(201);
  });
});

describe('the key of a request', () => {
  const status = async (authorization: string): Promise<number> =>
    (await lab.askRoot('GET', '/api/v1/connections', { key: null, headers: { authorization } })).status;

  it.each([
    ['Bearer'],
    ['Bearer '],
    ['Basic eDp5'],
    ['bk_without_scheme'],
    ['Bearer bk_right_prefix wrong rest'],
    [`Bearer ${'x'.repeat(8000)}`],
  ])('is refused as %.40s', async (authorization) => {
    expect(await status(authorization)).toBe(401);
  });

  it('is taken with any letter case of the scheme and any number of spaces', async () => {
    expect(await status(`bearer ${lab.keys.admin}`)).toBe(200);
    expect(await status(`BEARER   ${lab.keys.admin}`)).toBe(200);
  });

  it('is refused with anything added or in the query', async () => {
    expect(await status(`Bearer ${lab.keys.admin}x`)).toBe(401);
    expect(await status(`Bearer ${lab.keys.admin.slice(0, -1)}`)).toBe(401);
    expect(
      (await lab.askRoot('GET', `/api/v1/connections?token=${lab.keys.admin}`, { key: null })).status,
    ).toBe(401);
  });

  it('says how to authorise', async () => {
    const answer = await lab.askRoot('GET', '/api/v1/connections', { key: null });
    expect(answer.headers.get('www-authenticate')).toContain('Bearer');
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });

  it('meets 429 after a flood of wrong ones, and still works when it is right', async () => {
    const seen = new Set<number>();
    for (let guess = 0; guess < 130; guess++) seen.add(await status(`Bearer guess-${guess}`));
    expect([...seen].sort()).toEqual([401, 429]);
    expect(await status(`Bearer ${lab.keys.admin}`)).toBe(200);
  });
});
