import { realPortal } from './real-portal';

const webhook = { TEST_PORTAL_WEBHOOK_URL: 'https://p.bitrix24.ru/rest/1/canary/', TEST_PORTAL_USER_ID: '7' };
const application = {
  TEST_PORTAL_URL: 'https://p.bitrix24.ru',
  TEST_PORTAL_CLIENT_ID: 'local.1',
  TEST_PORTAL_CLIENT_SECRET: 'canary',
  TEST_PORTAL_ACCESS_TOKEN: 'canary-a',
  TEST_PORTAL_REFRESH_TOKEN: 'canary-r',
  TEST_PORTAL_USER_ID: '7',
};

describe('the portal that the contract suite is pointed at', () => {
  it('is none unless the environment names one', () => {
    expect(realPortal({})).toBeNull();
    expect(realPortal({ TEST_PORTAL_WEBHOOK_URL: '', TEST_PORTAL_USER_ID: '7' })).toBeNull();
  });

  it('is reached by webhook, with a number that is nobody’s and no line unless told otherwise', () => {
    expect(realPortal(webhook)).toEqual({
      bitrix24: { auth: { kind: 'webhook', url: webhook.TEST_PORTAL_WEBHOOK_URL }, plan: 'standard' },
      userId: 7,
      dismissedUserId: null,
      phoneNumber: '79000000001',
      lineNumber: null,
    });
    const more = {
      TEST_PORTAL_PLAN: 'enterprise',
      TEST_PORTAL_LINE: '7495',
      TEST_PORTAL_DISMISSED_USER_ID: '8',
    };
    expect(realPortal({ ...webhook, ...more })).toMatchObject({
      bitrix24: { plan: 'enterprise' },
      dismissedUserId: 8,
      lineNumber: '7495',
    });
  });

  it('is reached as an application', () => {
    expect(realPortal(application)?.bitrix24.auth).toMatchObject({
      kind: 'application',
      tokenUrl: 'https://oauth.bitrix.info/oauth/token/',
      tokens: { accessToken: 'canary-a', refreshToken: 'canary-r' },
    });
  });

  it.each([
    ['TEST_PORTAL_USER_ID', webhook],
    ['TEST_PORTAL_CLIENT_SECRET', application],
    ['TEST_PORTAL_REFRESH_TOKEN', application],
  ])('is asked for by name when %s is missing, without a secret in the message', (name, env) => {
    const call = (): unknown => realPortal({ ...env, [name]: undefined });
    expect(call).toThrow(name);
    expect(call).not.toThrow(/canary/);
  });
});
