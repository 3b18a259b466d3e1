import { TestPbx } from './test-pbx';

describe('the token endpoint', () => {
  let pbx: TestPbx;
  beforeEach(async () => (pbx = await TestPbx.start()));
  afterEach(() => pbx.close());

  const status = async (token: string): Promise<number> =>
    (await pbx.get('/xapi/v1/Defs?$select=Id', token)).status;
  const claims = (token: string): Record<string, unknown> =>
    JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;

  it('gives a JWT for a form of either kind', async () => {
    for (const multipart of [false, true]) {
      const { status: code, body } = await pbx.askToken({}, multipart);
      expect(code).toBe(200);
      expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 3600, refresh_token: null });
      expect(claims(String(body['access_token']))).toMatchObject({
        client_id: 'bridge',
        exp: Date.UTC(2026, 2, 10, 11) / 1000,
      });
      expect(await status(String(body['access_token']))).toBe(200);
    }
  });

  it('says the life in minutes before 20.0.9, though the token lives as long', async () => {
    pbx.control.set({ version: '20.0.8' });
    const { body } = await pbx.askToken();
    expect(body['expires_in']).toBe(60);
    pbx.control.clock.advance(59 * 60_000);
    expect(await status(String(body['access_token']))).toBe(200);
    pbx.control.clock.advance(60_000);
    expect(await status(String(body['access_token']))).toBe(401);
  });

  it('kills the last token of a client the moment it mints another, but not those of other clients', async () => {
    const other = pbx.control.addApiClient({ clientId: 'other' });
    const ofOther = (await pbx.askToken({ client_id: 'other', client_secret: other.clientSecret })).body;
    const first = String((await pbx.askToken()).body['access_token']);
    const second = String((await pbx.askToken()).body['access_token']);
    expect(await status(first)).toBe(401);
    expect(await status(second)).toBe(200);
    expect(await status(String(ofOther['access_token']))).toBe(200);
  });

  it('mints although the answer is lost: then no token is left that anybody knows', async () => {
    pbx.control.faults.add({ kind: 'lose-answer', endpoint: 'token' });
    await expect(pbx.askToken()).rejects.toThrow();
    expect(await status(pbx.token)).toBe(401);
    expect(pbx.control.mintedTokens).toBe(2);
  });

  it('answers a wrong secret with 400 and blocks the caller after more than three', async () => {
    for (let time = 0; time < 3; time += 1) {
      expect(await pbx.askToken({ client_secret: 'wrong' })).toMatchObject({
        status: 400,
        body: { error: 'invalid_client' },
      });
    }
    expect((await pbx.askToken()).status).toBe(200);
    expect((await pbx.askToken({ client_secret: 'wrong' })).status).toBe(400);
    expect(pbx.control.blocked).toHaveLength(1);
    await expect(pbx.askToken()).rejects.toThrow();
    await expect(pbx.get('/xapi/v1/Defs')).rejects.toThrow();
    pbx.control.set({ blockedAnswer: 'forbidden' });
    expect((await pbx.get('/xapi/v1/Defs')).status).toBe(403);
    pbx.control.unblock();
    expect((await pbx.askToken()).status).toBe(200);
  });

  it('takes forms only, client credentials only, POST only', async () => {
    expect(await pbx.askToken({ grant_type: 'password' })).toMatchObject({
      status: 400,
      body: { error: 'unsupported_grant_type' },
    });
    const json = await fetch(`${pbx.sim.url}/connect/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ grant_type: 'client_credentials' }),
    });
    expect([json.status, await json.json()]).toMatchObject([400, { error: 'invalid_request' }]);
    expect((await pbx.get('/connect/token')).status).toBe(405);
    expect(pbx.control.failedLogins).toBe(0);
  });
});

describe('the user log-in', () => {
  let pbx: TestPbx;
  beforeEach(async () => {
    pbx = await TestPbx.start();
    pbx.control.addExtension({ number: '300', password: 'good', role: 'system_owners' });
    pbx.control.addExtension({ number: '301', password: 'good', twoFactor: true });
  });
  afterEach(() => pbx.close());

  const logIn = async (Username: string, Password: string): Promise<[number, Record<string, unknown>]> => {
    const answer = await fetch(`${pbx.sim.url}/webclient/api/Login/GetAccessToken`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ Username, Password, SecurityCode: '' }),
    });
    return [answer.status, (await answer.json()) as Record<string, unknown>];
  };

  it("gives a token with the user's rights and without Call Control", async () => {
    const [code, body] = await logIn('300', 'good');
    expect([code, body]).toMatchObject([200, { Status: 'AuthSuccess', TwoFactorAuth: null }]);
    const token = (body['Token'] as { access_token: string }).access_token;
    expect((await pbx.get('/xapi/v1/Recordings?$top=1', token)).status).toBe(200);
    expect((await pbx.get('/callcontrol', token)).status).toBe(403);
  });

  it('refuses a wrong password with 401 or, in older builds, with 200, and counts it', async () => {
    expect(await logIn('300', 'bad')).toMatchObject([401, { Status: 'AuthFailed' }]);
    pbx.control.set({ authFailedStatus: 200 });
    expect(await logIn('101', '')).toMatchObject([200, { Status: 'AuthFailed', Token: null }]);
    expect(pbx.control.failedLogins).toBe(2);
  });

  it('asks for a second factor that an API cannot give', async () => {
    expect(await logIn('301', 'good')).toMatchObject([
      200,
      { TwoFactorAuth: { Type: 'GoogleAuthenticator' } },
    ]);
  });
});
