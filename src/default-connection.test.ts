import { silentLog, openTestStore } from '../test/support/test-store';
import type { TestStore } from '../test/support/test-store';
import { readSettings } from './config/settings';
import { applyDefaultConnection } from './default-connection';

let lab: TestStore;
beforeEach(async () => (lab = await openTestStore()));
afterEach(() => lab.close());

const whole = {
  BITRIX24_WEBHOOK_URL: 'https://portal.example.com/rest/7/hook-secret/',
  THREECX_URL: 'https://pbx.example.com',
  THREECX_CLIENT_ID: 'bridge',
  THREECX_CLIENT_SECRET: 'pbx-secret',
  WEBHOOK_TOKEN: 'token-of-the-environment',
};
const apply = (env: Record<string, string>): Promise<void> =>
  applyDefaultConnection(readSettings(env, { needsServers: false }), lab.store, silentLog, ['10.0.0.7:3000']);
const stored = async () => (await lab.store.connections.get('default'))?.value;

describe('the connection of the environment', () => {
  it('is made, and changed by what is set at a later start', async () => {
    await apply(whole);
    expect(await stored()).toMatchObject({
      webhookTokens: ['token-of-the-environment'],
      threecx: { recordings: 'xapi', auth: { kind: 'client-credentials', clientId: 'bridge' } },
      rules: { fallbackUserId: 7 },
    });
    await apply({ THREECX_URL: 'https://other.example.com' });
    expect(await stored()).toMatchObject({
      webhookTokens: ['token-of-the-environment'],
      threecx: { baseUrl: 'https://other.example.com', auth: { clientSecret: 'pbx-secret' } },
    });
  });

  it('leaves a rotation of the token alone, and refuses all others once its token is a new one', async () => {
    const restarted = async (env: object, tokens: string[]): Promise<string[]> => {
      const { value } = (await lab.store.connections.get('default'))!;
      await lab.store.connections.put({ ...value, webhookTokens: tokens }, { id: 'admin' });
      await apply({ ...whole, ...env });
      return (await stored())!.webhookTokens;
    };
    await apply(whole);
    const old = whole.WEBHOOK_TOKEN;
    expect(await restarted({}, [old, 'new-token'])).toEqual([old, 'new-token']);
    expect(await restarted({}, ['new-token', old])).toEqual(['new-token', old]);
    expect(await restarted({}, ['leaked-token'])).toEqual([old]);
    const next = { WEBHOOK_TOKEN: 'third-token' };
    expect(await restarted(next, [old, 'new-token'])).toEqual(['third-token']);
    expect(await restarted(next, ['third-token'])).toEqual(['third-token']);
    expect(await restarted(next, [old, 'third-token'])).toEqual([old, 'third-token']);
  });

  it.each([
    [{ THREECX_URL: 'http://10.0.0.5' }, /^ {2}THREECX_URL: .*loopback/m],
    [{ THREECX_URL: 'https://169.254.169.254' }, /^ {2}THREECX_URL: .*link-local/m],
    [{ THREECX_URL: 'https://10.0.0.7:3000' }, /^ {2}THREECX_URL: .*this server/m],
    [{ BITRIX24_WEBHOOK_URL: 'https://portal.example.com/rest/7/' }, /^ {2}BITRIX24_WEBHOOK_URL: must/m],
    [{ THREECX_CLIENT_ID: 'x'.repeat(300) }, /^ {2}THREECX_CLIENT_ID: /m],
    [{ THREECX_CLIENT_SECRET: '' }, /^ {2}THREECX_CLIENT_ID, THREECX_CLIENT_SECRET: must be set together/m],
    [{ WEBHOOK_TOKEN: 'with a space' }, /^ {2}WEBHOOK_TOKEN: must be visible ASCII/m],
    [{ WEBHOOK_TOKEN: '' }, /^ {2}WEBHOOK_TOKEN: must be set too/m],
  ])('stops the start with %j, by name and rule, and tells no secret', async (env, message) => {
    const refusal: unknown = await apply({ ...whole, ...env }).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ name: 'SettingsError', message: expect.stringMatching(message) });
    expect(String(refusal)).not.toMatch(/hook-secret|pbx-secret|token-of-the-environment/);
    expect(await stored()).toBeUndefined();
  });
});
