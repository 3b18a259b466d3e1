import { eventually } from '../../test/support/eventually';
import { SmallPbx, sendJson } from '../../test/support/small-pbx';
import { testConnection } from '../../test/support/test-connection';
import { openTestStore } from '../../test/support/test-store';
import type { TestStore } from '../../test/support/test-store';
import type { Connection } from '../domain/connection';
import { logIn } from './log-in';
import { TokenOwner } from './token-owner';
import { PbxTransports } from './transports';

let pbx: SmallPbx;
let stored: TestStore;
let transports: PbxTransports;
let now = new Date();
let connection: Connection;

/** One owner per process in life; here several share a store. */
const owner = (): TokenOwner =>
  new TokenOwner({
    store: stored.store,
    clock: () => now,
    logIn: (asking) => logIn(transports, asking, () => now),
  });
const withSecret = (clientSecret: string, id = 'office'): Connection =>
  testConnection(pbx.url, { auth: { kind: 'client-credentials', clientId: 'bridge', clientSecret } }, id);

beforeAll(async () => {
  // Tokens are kept by the PBX's address, so the tests do not meet in one store.
  stored = await openTestStore(() => now);
});
afterAll(() => stored.close());
beforeEach(async () => {
  now = new Date();
  pbx = await SmallPbx.start();
  transports = new PbxTransports();
  connection = testConnection(pbx.url);
});
afterEach(async () => {
  transports.close();
  await pbx.close();
});

it('logs in once for many askers in several processes', async () => {
  const owners = [owner(), owner(), owner()];
  const asked = owners.flatMap((one) => Array.from({ length: 10 }, () => one.current(connection)));
  const tokens = await Promise.all(asked);
  expect(new Set(tokens.map(({ value }) => value))).toEqual(new Set([pbx.token]));
  expect(pbx.logIns).toBe(1);
});

it('shares the token between two connections on one API client', async () => {
  await owner().current(connection);
  await owner().current(testConnection(pbx.url, {}, 'second'));
  expect(pbx.logIns).toBe(1);
});

it('keeps the token sealed', async () => {
  await owner().current(connection);
  const rows = await stored.database.db.collection('tokens').find().toArray();
  expect(JSON.stringify(rows)).not.toContain(pbx.token);
  expect(JSON.stringify(rows)).not.toContain('good-secret');
});

it('reads the life of a token from the token, not from expires_in', async () => {
  pbx.tokenLifeSeconds = 600;
  const one = owner();
  await one.current(connection);
  now = new Date(now.getTime() + 470_000);
  await one.current(connection);
  expect(pbx.logIns).toBe(1);
  now = new Date(now.getTime() + 15_000);
  await one.current(connection);
  expect(pbx.logIns).toBe(2);
});

it('goes on with a token that is due when the PBX cannot renew it now', async () => {
  const one = owner();
  const first = await one.current(connection);
  now = new Date(now.getTime() + 3_000_000);
  pbx.on(/^\/connect\/token/, (_request, response) => response.writeHead(503).end(), { open: true });
  await expect(one.current(connection)).resolves.toEqual(first);
});

it('takes the newer token of another worker instead of logging in again', async () => {
  const [one, other] = [owner(), owner()];
  const used = await one.current(connection);
  const renewed = await other.replace(connection, used);
  await expect(one.replace(connection, used)).resolves.toEqual(renewed);
  expect(pbx.logIns).toBe(2);
});

it('logs in once when many requests are refused at the same time', async () => {
  const owners = [owner(), owner()];
  const used = await owners[0]!.current(connection);
  await Promise.all(owners.flatMap((one) => Array.from({ length: 8 }, () => one.replace(connection, used))));
  expect(pbx.logIns).toBe(2);
});

describe('a refused secret', () => {
  it('is tried once, by nobody again, until it is changed', async () => {
    const bad = withSecret('bad-secret');
    for (let attempt = 0; attempt < 5; attempt++)
      await expect(owner().current(bad)).rejects.toMatchObject({
        reaction: 'authorisation',
        reason: 'threecx-secret-refused',
      });
    expect(pbx.logIns).toBe(1);
    await expect(owner().current(withSecret('good-secret'))).resolves.toMatchObject({ generation: 1 });
  });

  it('does not stop another connection with the right secret, nor borrows its token', async () => {
    await owner().current(connection);
    await expect(owner().current(withSecret('bad-secret', 'second'))).rejects.toMatchObject({
      reason: 'threecx-secret-refused',
    });
    await expect(owner().current(connection)).resolves.toMatchObject({ value: pbx.token });
    expect(pbx.logIns).toBe(2);
  });

  it('is tried once more when a person asks for it', async () => {
    const one = owner();
    const later = withSecret('later-good');
    await expect(one.current(later)).rejects.toMatchObject({ reason: 'threecx-secret-refused' });
    pbx.secret = 'later-good';
    await one.forgetRefusal(later);
    const { value } = await one.current(later);
    expect(value).toBe(pbx.token);
  });

  it.each([400, 401])('is known by status %i, whatever the body', async (status) => {
    pbx.on(/^\/connect\/token/, (_request, response) => response.writeHead(status).end('<html>'), {
      open: true,
    });
    await expect(owner().current(connection)).rejects.toMatchObject({ reason: 'threecx-secret-refused' });
  });
});

describe('a token endpoint in trouble', () => {
  it.each([
    ['an error page', 502, 'pbx-busy'],
    ['a block list', 403, 'threecx-address-blocked'],
    ['a wrong address', 404, 'token-endpoint-missing'],
  ])('is not hammered: %s', async (_what, status, reason) => {
    pbx.on(/^\/connect\/token/, (_request, response) => response.writeHead(status).end('<html>'), {
      open: true,
    });
    const one = owner();
    await expect(one.current(connection)).rejects.toMatchObject({ reason });
    for (let attempt = 0; attempt < 5; attempt++) await expect(one.current(connection)).rejects.toBeDefined();
    expect(pbx.logIns).toBe(1);
    now = new Date(now.getTime() + 6_000);
    await expect(one.current(connection)).rejects.toMatchObject({ reason });
    expect(pbx.logIns).toBe(2);
  });

  it('stops the log-ins of the other processes for the pause too', async () => {
    pbx.on(/^\/connect\/token/, (_request, response) => response.writeHead(500).end(), { open: true });
    await expect(owner().current(connection)).rejects.toMatchObject({ reaction: 'not-yet' });
    const other = owner().current(connection);
    const outcome = other.catch((error: unknown) => error);
    // The clock stands, so the other process waits behind the lock until its own patience ends.
    await eventually(() => pbx.logIns === 1, 'one log-in');
    now = new Date(now.getTime() + 4_000);
    expect(pbx.logIns).toBe(1);
    now = new Date(now.getTime() + 30_000);
    await outcome;
  });

  it('survives an answer that was lost', async () => {
    let lost = true;
    pbx.on(
      /^\/connect\/token/,
      (request, response) => {
        if (lost) request.socket.destroy();
        else sendJson(response, { access_token: 'second', expires_in: 3600 });
        lost = false;
      },
      { open: true },
    );
    const one = owner();
    await expect(one.current(connection)).rejects.toMatchObject({ reason: 'pbx-unreachable' });
    now = new Date(now.getTime() + 6_000);
    await expect(one.current(connection)).resolves.toMatchObject({ value: 'second' });
  });
});

describe('other ways to log in', () => {
  const user = (): Connection =>
    testConnection(pbx.url, { auth: { kind: 'user', username: '100', password: 'p' } });
  const login = /^\/webclient\/api\/Login\/GetAccessToken/;

  it('logs a user in', async () => {
    pbx.on(
      login,
      (_request, response, body) => {
        expect(JSON.parse(body)).toEqual({ Username: '100', Password: 'p', SecurityCode: '' });
        sendJson(response, { Status: 'AuthSuccess', Token: { access_token: 'of-user', expires_in: 60 } });
      },
      { open: true },
    );
    await expect(owner().current(user())).resolves.toMatchObject({ value: 'of-user' });
  });

  it.each([
    ['a bad password', { Status: 'AuthFailed', Token: null }, 'threecx-secret-refused'],
    ['a second factor', { Status: 'AuthFailed', TwoFactorAuth: { Type: 'x' } }, 'threecx-second-factor'],
  ])('stops at %s, though the status is 200', async (_what, answer, reason) => {
    pbx.on(login, (_request, response) => sendJson(response, answer), { open: true });
    await expect(owner().current(user())).rejects.toMatchObject({ reason, reaction: 'authorisation' });
    await expect(owner().current(user())).rejects.toMatchObject({ reason });
    expect(pbx.requests).toHaveLength(1);
  });

  it('uses a given token as it is, and renews it never', async () => {
    const given = testConnection(pbx.url, { auth: { kind: 'token', token: 'given' } });
    const token = await owner().current(given);
    expect(token.value).toBe('given');
    await expect(owner().replace(given, token)).rejects.toMatchObject({ reason: 'threecx-token-refused' });
    expect(pbx.requests).toHaveLength(0);
  });
});
