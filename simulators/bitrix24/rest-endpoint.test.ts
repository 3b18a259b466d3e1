import { TestPortal } from './test-client';
import type { Answer } from './test-client';

describe('the REST endpoint', () => {
  let portal: TestPortal;
  beforeEach(async () => (portal = await TestPortal.start()));
  afterEach(() => portal.close());

  const raw = async (path: string, init: RequestInit = {}): Promise<[number, Record<string, unknown>]> => {
    const answer = await fetch(`${portal.sim.url}${path}`, init);
    return [answer.status, (await answer.json()) as Record<string, unknown>];
  };
  const hook = (): string => new URL(portal.sim.webhookUrl).pathname;

  it.each(['profile', 'PROFILE', 'profile.json', 'profile/', 'profile.json/', 'profile?bx24_request_id=1'])(
    'takes %s for the method profile',
    async (spelling) => {
      expect((await raw(`${hook()}${spelling}`))[0]).toBe(200);
    },
  );

  it('takes a double slash from an application, and its token in query, form or JSON', async () => {
    const { accessToken } = portal.control.issueTokens();
    expect((await raw(`/rest//profile?auth=${accessToken}`))[0]).toBe(200);
    expect(
      (await raw('/rest/profile', { method: 'POST', body: new URLSearchParams({ auth: accessToken }) }))[0],
    ).toBe(200);
    expect((await portal.call('profile', {}, accessToken)).status).toBe(200);
  });

  it('answers good requests with a time block, refusals without', async () => {
    const good = await portal.call('server.time');
    expect(good.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(good.body.time).toMatchObject({
      operating: 0,
      date_start: expect.stringMatching(/[+-]\d{2}:00$/),
    });
    const bad = await portal.call('telephony.externalCall.register');
    expect(Object.keys(bad.body)).toEqual(['error', 'error_description']);
  });

  it('does not know other methods', async () => {
    const { status, body } = await portal.call('telephony.externalCall.list');
    expect({ status, body }).toEqual({
      status: 404,
      body: { error: 'ERROR_METHOD_NOT_FOUND', error_description: 'Method not found!' },
    });
    expect((await raw(`/rest/${portal.control.webhook.secret}/profile`))[0]).toBe(404);
    expect((await raw('/rest/'))[0]).toBe(404);
  });

  it('tells bad credentials apart', async () => {
    expect(await raw('/rest/1/wrong/profile')).toEqual([
      403,
      { error: 'INVALID_CREDENTIALS', error_description: 'Invalid request credentials' },
    ]);
    expect(await raw('/rest/profile')).toMatchObject([401, { error: 'NO_AUTH_FOUND' }]);
    expect(await raw('/rest/profile?auth=x')).toMatchObject([401, { error: 'invalid_token' }]);
    const { accessToken } = portal.control.issueTokens();
    portal.control.clock.advance(3_600_000);
    expect(await raw(`/rest/profile?auth=${accessToken}`)).toMatchObject([401, { error: 'expired_token' }]);
    portal.control.set({ authStatus: 401 });
    expect((await raw('/rest/1/wrong/profile'))[0]).toBe(401);
  });

  it('looks at credentials before the method, and lets a webhook die with its creator', async () => {
    expect((await raw('/rest/1/wrong/no.such.method'))[0]).toBe(403);
    portal.control.updateUser(1, { active: false });
    expect(await raw(`${hook()}profile`)).toMatchObject([403, { error: 'INVALID_CREDENTIALS' }]);
  });

  it('wants the scope', async () => {
    const { url } = portal.control.addWebhook({ scopes: ['crm'] });
    const answer = await fetch(`${url}telephony.externalCall.register`);
    expect([answer.status, await answer.json()]).toEqual([
      403,
      {
        error: 'insufficient_scope',
        error_description: 'The request requires higher privileges than provided by the webhook token',
      },
    ]);
  });

  it('denies a webhook what an application may, when the policy says so', async () => {
    portal.control.set({ authPolicy: 'appOnly' });
    const denied = {
      status: 403,
      body: {
        error: 'WRONG_AUTH_TYPE',
        error_description: 'Current authorization type is denied for this method',
      },
    };
    expect(await portal.register()).toMatchObject(denied);
    expect(await portal.finish('x')).toMatchObject(denied);
    expect(await portal.call('telephony.externalLine.get')).toMatchObject(denied);
    expect((await portal.call('telephony.externalCall.hide', { CALL_ID: 'x' })).status).toBe(200);
    const { accessToken } = portal.control.issueTokens();
    expect((await portal.call('telephony.externalLine.get', {}, accessToken)).status).toBe(200);
  });

  it('gives telephony errors the other code when switched', async () => {
    portal.control.set({ errorCodeStyle: 'ERROR_CORE' });
    expect((await portal.register({ TYPE: 7 })).body).toEqual({
      error: 'ERROR_CORE',
      error_description: 'Unknown TYPE',
    });
  });

  it('reads forms and multipart bodies in PHP style', async () => {
    const fields = { USER_ID: '1269', PHONE_NUMBER: '5550001', TYPE: '2' };
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    const path = `${hook()}telephony.externalcall.register`;
    expect((await raw(path, { method: 'POST', body: form }))[0]).toBe(200);
    expect((await raw(path, { method: 'POST', body: new URLSearchParams(fields) }))[0]).toBe(200);
    expect((await raw(`${path}?${new URLSearchParams(fields)}`))[0]).toBe(200);
    expect(portal.control.openCalls).toHaveLength(1);
    expect(await raw(`${hook()}user.get?FILTER[ID][]=1269&FILTER[ID][]=1270`)).toMatchObject([
      200,
      { total: 2 },
    ]);
  });

  it('takes broken JSON for no parameters', async () => {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"USER_ID":' };
    const [status, body] = await raw(`${hook()}telephony.externalCall.register`, init);
    expect([status, body['error_description']]).toEqual([400, 'USER_ID or USER_PHONE_INNER should be set']);
  });

  it('keeps secrets and contents out of its request log', async () => {
    const { accessToken } = portal.control.issueTokens();
    await portal.call('user.get', { note: 'x'.repeat(5_000) }, accessToken);
    expect(portal.control.requests('user.get')[0]).toMatchObject({
      params: { note: '<5000 characters>' },
      caller: 'application',
      status: 200,
      outcome: 'ok',
      executed: true,
    });
    expect(JSON.stringify(portal.control.requests())).not.toContain(accessToken);
  });
});

describe('external lines', () => {
  it('belong to the application that made them and answer the documented errors', async () => {
    const portal = await TestPortal.start();
    const line = (action: string, params: Record<string, unknown>): Promise<Answer> =>
      portal.call(`telephony.externalLine.${action}`, params);
    expect(
      (await line('add', { NUMBER: '7495000', NAME: 'Moscow', CRM_AUTO_CREATE: 'maybe' })).body.result,
    ).toEqual({ ID: 7 });
    expect((await line('add', { NUMBER: '7495000' })).body.error_description).toBe('Line already exists');
    expect((await line('add', {})).body.error_description).toBe('NUMBER should not be empty');
    expect((await line('update', { NUMBER: '7495000' })).body.error_description).toBe(
      'There are no fields to update',
    );
    expect((await line('update', { NUMBER: '7495000', NAME: 'Office' })).body.result).toEqual({ ID: '7' });
    expect((await line('get', {})).body.result).toEqual([
      { NUMBER: '7495000', NAME: 'Office', CRM_AUTO_CREATE: 'N' },
    ]);
    const { accessToken } = portal.control.issueTokens();
    expect((await portal.call('telephony.externalLine.get', {}, accessToken)).body.result).toEqual([]);
    expect((await line('delete', { NUMBER: '7495000' })).body.result).toEqual([]);
    expect((await line('delete', { NUMBER: '7495000' })).body.error_description).toBe(
      'Could not find line with number 7495000',
    );
    await portal.close();
  });
});
