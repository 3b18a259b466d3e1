import { setTimeout as pause } from 'node:timers/promises';
import type { Connection } from '../../src/domain/connection';
import { eventually } from '../support/eventually';
import type { Lab } from './portal-lab';
import { LabDatabase, parameters } from './portal-lab';

const databases = new LabDatabase();
beforeAll(() => databases.open());
afterAll(() => databases.close());

let lab: Lab;
afterEach(() => lab.close());

const minuteMs = 60_000;
const show = (target = lab): Promise<boolean> => target.client.show(target.context(), 'externalCall.x', [1]);
const tokenRequests = (): number => lab.sim.control.requestCount('oauth.token');
/** So long nobody asks again after a renewal that failed. */
const letPausePass = (): unknown => lab.sim.control.clock.advance(16_000);
/** Refuses whoever comes with an access token that the test names. */
const refuseToken = (isRefused: (accessToken: unknown) => boolean): { hits: number } =>
  lab.sim.control.faults.add({
    ...{ kind: 'refuse', method: 'telephony.externalcall.show', count: Infinity },
    ...{ status: 401, code: 'invalid_token', text: 'Unable to get application by token' },
    match: ({ auth }) => isRefused(auth),
  });
const firstToken = (): string => {
  const { auth } = lab.connection.bitrix24;
  return auth.kind === 'application' ? auth.tokens!.accessToken : '';
};

/** The connection after an administrator installed the application again. */
function reinstalled(): Connection {
  const { accessToken, refreshToken, expiresAt } = lab.sim.control.issueTokens();
  const tokens = { accessToken, refreshToken, expiresAt: new Date(expiresAt).toISOString() };
  const { auth } = lab.connection.bitrix24;
  if (auth.kind !== 'application') throw new Error('it is a webhook');
  return { ...lab.connection, bitrix24: { ...lab.connection.bitrix24, auth: { ...auth, tokens } } };
}

describe('an access token that expires', () => {
  it('is renewed once for everybody, and every request is answered', async () => {
    lab = await databases.lab('application');
    await show();
    lab.sim.control.expireAccessTokens();
    const others = [await lab.anotherWorker(), await lab.anotherWorker()];
    const clients = [lab.client, ...others.map((worker) => worker.client)];
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        clients[index % clients.length]!.show(lab.context(), 'externalCall.x', [1]),
      ),
    );
    expect(answers).toEqual(Array(12).fill(false));
    expect(lab.sim.control.refreshes).toBe(1);
    expect(tokenRequests()).toBe(1);
  });

  it('in the middle of a register opens one call', async () => {
    lab = await databases.lab('application');
    lab.sim.control.faults.add({ kind: 'expire-token', method: 'telephony.externalcall.register' });
    const { bitrix24CallId } = await lab.client.register(lab.context(), parameters(lab));
    expect(lab.sim.control.openCalls).toMatchObject([{ callId: bitrix24CallId, registrations: 1 }]);
  });

  it('is not renewed on a timer, only when the portal says so', async () => {
    lab = await databases.lab('application');
    lab.sim.control.clock.advance(59 * minuteMs);
    await show();
    expect(tokenRequests()).toBe(0);
    lab.sim.control.clock.advance(2 * minuteMs);
    await show();
    await show();
    expect(tokenRequests()).toBe(1);
  });

  it('waits, and does not fail for good, while the token server is away', async () => {
    lab = await databases.lab('application');
    lab.sim.control.expireAccessTokens();
    lab.sim.control.faults.add({ kind: 'html-502', method: 'oauth.token' });
    await expect(show()).rejects.toMatchObject({ reaction: 'not-yet', reason: 'token-server-unreachable' });
    letPausePass();
    await expect(show()).resolves.toBe(false);
  });

  it.each([
    ['slows us down', { kind: 'refuse', status: 429, code: 'QUERY_LIMIT_EXCEEDED' }],
    ['has used its time', { kind: 'operating-limited' }],
    ['was too slow to read', { kind: 'refuse', status: 408, code: 'request_timeout' }],
  ] as const)('waits, and is refused to nobody, while the token server %s', async (_what, fault) => {
    lab = await databases.lab('application');
    lab.sim.control.expireAccessTokens();
    lab.sim.control.faults.add({ ...fault, method: 'oauth.token' });
    await expect(show()).rejects.toMatchObject({ reaction: 'not-yet', reason: 'token-server-unreachable' });
    await expect((await lab.anotherWorker()).client.show(lab.context(), 'x', [1])).resolves.toBe(false);
    await expect(show()).resolves.toBe(false);
  });

  it('costs one request of each side every quarter of a minute, not one a call, while the token server is away', async () => {
    lab = await databases.lab('application');
    lab.sim.control.expireAccessTokens();
    lab.sim.control.faults.add({ kind: 'error-500', method: 'oauth.token', count: Infinity });
    await show().catch(() => undefined);
    const all = (): Promise<PromiseSettledResult<boolean>[]> =>
      Promise.allSettled(Array.from({ length: 12 }, () => show()));
    const asked = (): number => lab.sim.control.requestCount();
    expect([asked(), tokenRequests()]).toEqual([2, 1]);
    for (const outcome of await all())
      expect(outcome).toMatchObject({
        reason: { reaction: 'not-yet', reason: 'token-server-unreachable', retryAfterMs: expect.any(Number) },
      });
    expect([asked(), tokenRequests()]).toEqual([2, 1]);
    letPausePass();
    await all();
    expect([asked(), tokenRequests()]).toEqual([4, 2]);
    lab.sim.control.faults.clear();
    letPausePass();
    await all();
    await expect(show()).resolves.toBe(false);
    expect(tokenRequests()).toBe(3);
  });

  it('holds nobody up whose connection has other tokens', async () => {
    lab = await databases.lab('application');
    lab.sim.control.expireAccessTokens();
    lab.sim.control.faults.add({ kind: 'html-502', method: 'oauth.token', count: Infinity });
    await show().catch(() => undefined);
    await expect(show()).rejects.toMatchObject({ reaction: 'not-yet' });
    const context = { ...lab.context(), connection: reinstalled() };
    await expect(lab.client.show(context, 'x', [1])).resolves.toBe(false);
  });

  it('asks for a new installation when the answer to a renewal was lost, and says why', async () => {
    lab = await databases.lab('application');
    lab.sim.control.expireAccessTokens();
    lab.sim.control.faults.add({ kind: 'lose-answer', method: 'oauth.token' });
    await expect(show()).rejects.toMatchObject({ reaction: 'not-yet', reason: 'token-server-unreachable' });
    letPausePass();
    await expect(show()).rejects.toMatchObject({ reaction: 'authorisation', reason: 'refresh-answer-lost' });
    lab.connection = reinstalled();
    await expect(lab.client.show({ ...lab.context(), connection: lab.connection }, 'x', [1])).resolves.toBe(
      false,
    );
  });

  it('is renewed again from the pair that a renewal brought', async () => {
    lab = await databases.lab('application');
    for (let time = 1; time <= 3; time++) {
      lab.sim.control.expireAccessTokens();
      expect(await show()).toBe(false);
      expect(lab.sim.control.refreshes).toBe(time);
    }
  });
});

describe('an access token that the portal calls invalid', () => {
  it('closes nothing when it was replaced meanwhile: the request is repeated with the newer one', async () => {
    lab = await databases.lab('application');
    const other = await lab.anotherWorker();
    lab.sim.control.expireAccessTokens();
    await show();
    const refused = refuseToken((accessToken) => accessToken === firstToken());
    // What it read a moment ago is older than the renewal.
    jest.spyOn(other.store.tokens, 'recent').mockResolvedValue(null);
    await expect(show({ ...lab, ...other })).resolves.toBe(false);
    expect(refused.hits).toBe(1);
    await expect(show()).resolves.toBe(false);
    expect(tokenRequests()).toBe(1);
  });

  it('is renewed once for everybody before it counts as refused', async () => {
    lab = await databases.lab('application');
    refuseToken((accessToken) => accessToken === firstToken());
    const other = await lab.anotherWorker();
    const labs = Array.from({ length: 6 }, (_, index) => (index % 2 === 0 ? lab : { ...lab, ...other }));
    expect(await Promise.all(labs.map((one) => show(one)))).toEqual(Array(6).fill(false));
    expect(tokenRequests()).toBe(1);
  });

  it('is refused when the renewed one is no better, and is not renewed by every probe', async () => {
    lab = await databases.lab('application');
    refuseToken(() => true);
    const refusal = { reaction: 'authorisation', reason: 'token-refused' };
    for (let time = 0; time < 4; time++) {
      await expect(show()).rejects.toMatchObject(refusal);
      await databases.letProbePass(lab.connection.id);
    }
    expect(tokenRequests()).toBe(1);
    lab.sim.control.faults.clear();
    await expect(show()).resolves.toBe(false);
    await expect(show()).resolves.toBe(false);
  });

  it('is renewed by a probe once its time is over', async () => {
    lab = await databases.lab('application');
    const seen = new Set<unknown>();
    refuseToken((accessToken) => seen.add(accessToken).size > 0);
    await show().catch(() => undefined);
    lab.sim.control.faults.clear();
    refuseToken((accessToken) => seen.has(accessToken));
    lab.sim.control.clock.advance(61 * minuteMs);
    await databases.letProbePass(lab.connection.id);
    await expect(show()).resolves.toBe(false);
    expect(tokenRequests()).toBe(2);
  });
});

describe('credentials that the portal refuses', () => {
  it('of an application whose access was taken back: told at once, not hammered, mended by an installation', async () => {
    lab = await databases.lab('application');
    lab.sim.control.revokeTokens();
    const refusal = { reaction: 'authorisation', reason: 'reinstall-application' };
    await expect(show()).rejects.toMatchObject(refusal);
    const other = await lab.anotherWorker();
    const asked = lab.sim.control.requestCount();
    for (let time = 0; time < 10; time++)
      await expect(other.client.show(lab.context(), 'x', [1])).rejects.toMatchObject(refusal);
    // One of them may have been the first probe.
    expect(lab.sim.control.requestCount() - asked).toBeLessThanOrEqual(1);
    const context = { ...lab.context(), connection: reinstalled() };
    await expect(lab.client.show(context, 'x', [1])).resolves.toBe(false);
  });

  it('of a webhook: one probe a minute over all workers, and everything goes on by itself', async () => {
    const serverNow = { ms: Date.now() };
    lab = await databases.lab('webhook', { clock: () => serverNow.ms });
    const workers = [lab.client, (await lab.anotherWorker()).client];
    lab.sim.control.updateUser(1, { active: false });
    const ask = (index: number): Promise<string> =>
      workers[index % 2]!.show(lab.context(), 'x', [1]).then(
        () => 'ok',
        (error: { reason: string }) => error.reason,
      );
    expect(await ask(0)).toBe('credentials-refused');
    await eventually(
      async () => (await lab.store.health.get(lab.connection.id)).bitrix24?.ok === false,
      'the health says so',
    );
    for (let time = 0; time < 6; time++) expect(await ask(time)).toBe('credentials-refused');
    expect(lab.sim.control.requestCount()).toBeLessThanOrEqual(2);
    expect((await lab.store.health.get(lab.connection.id)).bitrix24).toMatchObject({
      reason: 'credentials-refused',
      mend: expect.stringContaining('webhook'),
    });
    lab.sim.control.updateUser(1, { active: true });
    // Still within the minute of the last probe.
    expect(await ask(0)).toBe('credentials-refused');
    await databases.letProbePass(lab.connection.id);
    expect(await ask(1)).toBe('ok');
    for (let time = 0; time < 4; time++) expect(await ask(time)).toBe('ok');
    await eventually(
      async () => (await lab.store.health.get(lab.connection.id)).bitrix24?.ok === true,
      'the health says so',
    );
  });

  it('are another matter once another webhook is entered', async () => {
    lab = await databases.lab('webhook');
    lab.sim.control.webhook.secret = 'changed';
    await expect(show()).rejects.toMatchObject({ reason: 'credentials-refused' });
    const auth = { kind: 'webhook', url: lab.sim.control.addWebhook().url } as const;
    const connection = { ...lab.connection, bitrix24: { ...lab.connection.bitrix24, auth } };
    await expect(lab.client.show(lab.context({ connection }), 'x', [1])).resolves.toBe(false);
  });

  it('of a subscription that is over, or a wrong client secret, are told by the token server', async () => {
    lab = await databases.lab('application', { switches: { paymentRequired: true } });
    lab.sim.control.expireAccessTokens();
    await expect(show()).rejects.toMatchObject({ reaction: 'authorisation', reason: 'payment-required' });
    const { auth } = lab.connection.bitrix24;
    const wrong = {
      ...lab.connection.bitrix24,
      auth: { ...auth, clientSecret: 'wrong' },
    } as Connection['bitrix24'];
    const connection = { ...lab.connection, bitrix24: wrong };
    await expect(lab.client.show(lab.context({ connection }), 'x', [1])).rejects.toMatchObject({
      reason: 'client-secret-refused',
    });
  });

  it('a missing scope stops only what needs it', async () => {
    lab = await databases.lab('webhook', { scopes: ['telephony'] });
    const before = lab.sim.control.requestCount();
    for (let time = 0; time < 3; time++)
      await expect(lab.client.users(lab.context())).rejects.toMatchObject({
        reaction: 'authorisation',
        reason: 'insufficient-scope',
      });
    expect(lab.sim.control.requestCount() - before).toBe(1);
    await expect(show()).resolves.toBe(false);
  });

  it('an application that is not installed yet sends nothing', async () => {
    lab = await databases.lab('application');
    const { auth } = lab.connection.bitrix24;
    const { tokens: _tokens, ...rest } = auth as Extract<typeof auth, { kind: 'application' }>;
    const connection = { ...lab.connection, bitrix24: { ...lab.connection.bitrix24, auth: rest } };
    await expect(lab.client.show(lab.context({ connection }), 'x', [1])).rejects.toMatchObject({
      reaction: 'authorisation',
      reason: 'application-not-installed',
    });
    expect(lab.sim.control.requestCount()).toBe(0);
  });
});

it('never lets a secret or a number into logs, errors or the list of requests', async () => {
  lab = await databases.lab('application');
  lab.sim.control.expireAccessTokens();
  await lab.client.register(lab.context({ callId: 'c1' }), parameters(lab));
  lab.sim.control.faults.add({ kind: 'refuse', status: 400, text: 'canary 79991234567' });
  const error: unknown = await lab.client
    .register(lab.context({ callId: 'c1' }), parameters(lab))
    .catch((e) => e);
  lab.sim.control.revokeTokens();
  const refused: unknown = await show().catch((e) => e);
  await pause(0);
  const { auth } = lab.connection.bitrix24;
  const secrets = auth.kind === 'application' ? [auth.clientSecret, ...Object.values(auth.tokens!)] : [];
  const told = JSON.stringify([lab.logged, String(error), String(refused), error, refused]);
  expect(lab.logged.length).toBeGreaterThan(0);
  for (const secret of [...secrets, 'canary', '79991234567']) expect(told).not.toContain(secret);
});
