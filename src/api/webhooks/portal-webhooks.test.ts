import type { ApiLab } from '../../../test/support/api-lab';
import { connectionOf, openApiLab } from '../../../test/support/api-lab';
import { eventually } from '../../../test/support/eventually';
import type { Connection } from '../../domain/connection';
import { PeerError } from '../../domain/peer-error';

let lab: ApiLab;

beforeAll(async () => {
  lab = await openApiLab();
});

afterAll(() => lab.close());

const application = (change: object = {}): Connection =>
  connectionOf({
    bitrix24: {
      plan: 'standard',
      auth: {
        kind: 'application',
        portalUrl: 'https://portal.bitrix24.ru',
        clientId: 'local.1',
        clientSecret: 'client-secret',
        tokenUrl: 'https://oauth.bitrix.info/oauth/token/',
        ...change,
      },
    },
  });

const callback = {
  event: 'ONAPPINSTALL',
  'auth[access_token]': 'access-1',
  'auth[refresh_token]': 'refresh-1',
  'auth[expires_in]': '3600',
  'auth[domain]': 'Portal.bitrix24.ru',
  'auth[application_token]': 'application-token',
};

const post = (route: string, fields: Record<string, string>, connection = 'office'): Promise<Response> =>
  fetch(`${lab.url}/webhooks/bitrix24/${connection}/${route}`, {
    method: 'POST',
    body: new URLSearchParams(fields),
  });

const stored = async (): Promise<unknown> => (await lab.store.connections.get('office'))?.value.bitrix24.auth;

describe('the installation callback', () => {
  it('brings the tokens of the application into the connection', async () => {
    await lab.put(application());
    expect((await post('install', callback)).status).toBe(200);
    expect(await stored()).toMatchObject({
      clientSecret: 'client-secret',
      applicationToken: 'application-token',
      tokens: { accessToken: 'access-1', refreshToken: 'refresh-1' },
    });
    const { expiresAt } = ((await stored()) as { tokens: { expiresAt: string } }).tokens;
    expect(Date.parse(expiresAt) - Date.now()).toBeGreaterThan(3_500_000);
    expect(lab.deps.connections.get('office')?.bitrix24.auth).toMatchObject({
      applicationToken: 'application-token',
    });
    expect(lab.logged.join('')).not.toMatch(/access-1|refresh-1|application-token/);
  });

  it('has clicks on a number told to us', async () => {
    const bound: unknown[] = [];
    lab.deps.bitrix24.bindEvent = async ({ connection }, binding) => {
      bound.push([connection.bitrix24.auth, binding]);
      // Live calls need the portal's budget at this moment.
      if (bound.length === 1)
        throw new PeerError('bitrix24', 'not-yet', 'portal-budget', { mend: 'Wait.', retryAfterMs: 5 });
      throw new Error('not to be had');
    };
    await lab.put(application());
    expect((await post('install', callback)).status).toBe(200);
    await eventually(() => bound.length >= 2, 'the event is bound');
    expect(bound.at(-1)).toMatchObject([
      { tokens: { accessToken: 'access-1' } },
      { event: 'ONEXTERNALCALLSTART', handler: 'http://127.0.0.1:3000/webhooks/bitrix24/office/events' },
    ]);
  });

  it('may come again, but only with the same application token', async () => {
    await lab.put(application({ applicationToken: 'application-token' }));
    expect((await post('install', { ...callback, 'auth[access_token]': 'access-2' })).status).toBe(200);
    expect(await stored()).toMatchObject({ tokens: { accessToken: 'access-2' } });
    expect((await post('install', { ...callback, 'auth[application_token]': 'forged' })).status).toBe(401);
    expect(await stored()).toMatchObject({
      tokens: { accessToken: 'access-2' },
      applicationToken: 'application-token',
    });
  });

  it.each<[string, number, Record<string, string>, Connection]>([
    ['another portal', 401, { ...callback, 'auth[domain]': 'other.bitrix24.ru' }, application()],
    ['a missing token', 400, { ...callback, 'auth[refresh_token]': '' }, application()],
    ['a connection by incoming webhook', 404, callback, connectionOf()],
  ])('is refused for %s: %i', async (_, status, fields, connection) => {
    await lab.put(connection);
    const answer = await post('install', fields);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({
      status,
      errors: [{ message: expect.any(String) as string }],
    });
    expect(await stored()).toEqual(connection.bitrix24.auth);
  });

  it('needs a connection', async () => {
    expect((await post('install', callback, 'nobody')).status).toBe(404);
  });
});

describe('an event of the portal', () => {
  const event = {
    event: 'ONEXTERNALCALLSTART',
    'data[PHONE_NUMBER]': '8 (999) 123-45-67',
    'data[PHONE_NUMBER_INTERNATIONAL]': '+79991234567',
    'data[USER_ID]': '1269',
    'data[CALL_ID]': 'externalCall.1.1',
    'auth[application_token]': 'application-token',
  };
  const metric = (outcome: string): string =>
    `bridge_portal_events_total{connection="office",event="ONEXTERNALCALLSTART",outcome="${outcome}"} 1`;
  const claim = (callId: string): Promise<string | null> =>
    lab.store.pendingCalls.claim({
      connection: 'office',
      callId,
      userId: 1269,
      callerHash: lab.store.hashNumber('office', '79991234567'),
      startedAt: new Date().toISOString(),
    });

  it('is taken with the right application token, and shows no number', async () => {
    await lab.put(application({ applicationToken: 'application-token' }));
    expect((await post('events', event)).status).toBe(200);
    expect(await lab.deps.metrics.registry.metrics()).toContain(metric('taken'));
    expect(lab.logged.join('')).not.toMatch(/9991234567|123-45-67/);
  });

  it('of a click keeps the call that the portal registered, once however often it comes', async () => {
    await lab.put(application({ applicationToken: 'application-token' }));
    const click = { ...event, 'data[CALL_ID]': 'externalCall.2.2', 'data[USER_ID]': '1269' };
    expect(await claim('before')).toBe('externalCall.1.1');
    await Promise.all([post('events', click), post('events', click)]);
    expect(await claim('one')).toBe('externalCall.2.2');
    expect((await post('events', click)).status).toBe(200);
    expect(await claim('two')).toBeNull();
  });

  it('of a click that names no call is counted, and nothing more', async () => {
    await lab.put(application({ applicationToken: 'application-token' }));
    expect((await post('events', { ...event, 'data[CALL_ID]': '' })).status).toBe(200);
    expect(await lab.deps.metrics.registry.metrics()).toContain(metric('unclear'));
    expect(await claim('three')).toBeNull();
  });

  it.each([
    ['a wrong token', { ...event, 'auth[application_token]': 'forged' }],
    ['no token', { event: 'ONAPPUNINSTALL' }],
  ])('is refused with %s', async (_, fields) => {
    await lab.put(application({ applicationToken: 'application-token' }));
    expect((await post('events', fields as Record<string, string>)).status).toBe(401);
  });

  it('is refused while no token is known', async () => {
    await lab.put(application());
    expect((await post('events', { ...event, 'auth[application_token]': '' })).status).toBe(401);
  });
});
