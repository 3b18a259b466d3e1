import type { AdminLab } from '../../test/support/admin-lab';
import { openAdminLab } from '../../test/support/admin-lab';
import { olderToken, token } from '../../test/support/api-lab';
import { eventually } from '../../test/support/eventually';
import { startApiServer } from './server';
import { ConnectionCache } from './connection-cache';

let lab: AdminLab;
beforeEach(async () => {
  lab = await openAdminLab();
});
afterEach(() => lab.close());

/** Sends again and again, in several lines at once, until it is told to stop; the statuses that came back. */
function keepAsking(ask: () => Promise<number>): { stop(): Promise<number[]>; count(): number } {
  const statuses: number[] = [];
  let stopped = false;
  const lines = Array.from({ length: 4 }, async () => {
    while (!stopped) statuses.push(await ask());
  });
  return {
    count: () => statuses.length,
    stop: async () => {
      stopped = true;
      await Promise.all(lines);
      return statuses;
    },
  };
}

let serial = 0;
async function webhook(by: string, url = lab.url): Promise<number> {
  const callId = `call-${(serial += 1)}`;
  const answer = await fetch(`${url}/webhooks/3cx/office/call-started`, {
    method: 'POST',
    headers: { authorization: `Bearer ${by}`, 'content-type': 'application/json' },
    body: JSON.stringify({ callId }),
  });
  await answer.arrayBuffer();
  return answer.status;
}
const setTokens = (webhookTokens: string[]) =>
  lab.ask('PATCH', '/connections/office', { body: { webhookTokens } });
const more = (asking: { count(): number }): Promise<void> => {
  const until = asking.count() + 20;
  return eventually(() => asking.count() >= until, 'more was sent');
};

describe('webhook tokens are rotated while webhooks come in', () => {
  it('the older one works until it is taken away, the new one from then on it is there: no webhook is refused', async () => {
    await setTokens([olderToken]);
    const older = keepAsking(() => webhook(olderToken));
    await more(older);
    await setTokens(['the-new-token', '***']);
    const newer = keepAsking(() => webhook('the-new-token'));
    await Promise.all([more(older), more(newer)]);
    expect(new Set(await older.stop())).toEqual(new Set([202]));

    await setTokens(['the-new-token']);
    expect(await webhook(olderToken)).toBe(401);
    await more(newer);
    expect(new Set(await newer.stop())).toEqual(new Set([202]));
    expect(await webhook(token)).toBe(401);
  });

  it('another process takes the new one at once and drops the older one within two seconds', async () => {
    const connections = new ConnectionCache(lab.store.connections);
    await connections.start();
    const server = await startApiServer({ ...lab.deps, connections }, { host: '127.0.0.1', port: 0 });
    expect(await webhook(olderToken, server.url)).toBe(202);
    await setTokens(['the-new-token']);
    await eventually(async () => (await webhook('the-new-token', server.url)) === 202, 'it is taken', 2_000);
    await eventually(async () => (await webhook(olderToken, server.url)) === 401, 'it is refused', 2_000);
    connections.stop();
    await server.close(1_000);
  });
});

describe('admin keys are rotated while they are used', () => {
  it('the new one works at once, the older one until it is revoked, and not a request longer', async () => {
    const make = async (): Promise<{ id: string; secret: string }> =>
      (await lab.ask('POST', '/keys', { body: { name: 'robot', role: 'admin' } })).body;
    const ask = async (key: string): Promise<number> =>
      (await lab.askRoot('PUT', '/api/v1/connections/office/extensions/101', { key, body: { userId: 1 } }))
        .status;
    const older = await make();
    const first = keepAsking(() => ask(older.secret));
    await more(first);
    const newer = await make();
    const second = keepAsking(() => ask(newer.secret));
    await Promise.all([more(first), more(second)]);
    expect((await first.stop()).every((status) => status === 200 || status === 201)).toBe(true);

    const revoked = await lab.ask('DELETE', `/keys/${older.id}`, { key: newer.secret });
    expect(revoked.status).toBe(204);
    expect(await ask(older.secret)).toBe(401);
    await more(second);
    expect((await second.stop()).every((status) => status === 200)).toBe(true);
  });

  it('a request that is being answered when its key is revoked is answered', async () => {
    const { body: made } = await lab.ask('POST', '/keys', { body: { name: 'robot', role: 'admin' } });
    const rows = Array.from({ length: 3_000 }, (_, index) => `${1_000 + index},${index + 1},name`);
    const importing = lab.askRoot('POST', '/api/v1/connections/office/extensions/import', {
      key: made.secret,
      body: ['extension,userId,name', ...rows].join('\n'),
      headers: { 'content-type': 'text/csv' },
    });
    await eventually(async () => {
      const { items } = (await lab.ask('GET', '/keys')).body;
      return items.some((one: { id: string; lastUsedAt: string | null }) =>
        one.id === made.id ? one.lastUsedAt !== null : false,
      );
    }, 'the request was let in');
    await lab.ask('DELETE', `/keys/${made.id}`);
    expect([(await importing).status, (await importing).body.created]).toEqual([200, 3_000]);
  });
});
