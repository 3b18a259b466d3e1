type Json = Record<string, unknown>;

/** A whole connection as an admin would send it, with secrets that stand nowhere else. */
export const connectionBody = (): Json & { threecx: Json; bitrix24: Json; rules: Json } => ({
  name: 'Moscow office',
  timeZone: 'Europe/Moscow',
  country: 'RU',
  webhookTokens: ['first-token'],
  threecx: {
    baseUrl: 'https://pbx.example.com',
    auth: { kind: 'client-credentials', clientId: 'bridge', clientSecret: 'pbx-secret' },
    recordings: 'xapi',
    callControl: false,
    sbcAddress: 'sbc.example.com',
  },
  bitrix24: {
    auth: { kind: 'webhook', url: 'https://portal.example.com/rest/1/hook-secret/' },
    plan: 'standard',
  },
  rules: { fallbackUserId: 1, showCard: 'ring', crmCreate: 'inbound' },
});

/** A log-in to Bitrix24 as an application, with a token pair. */
export const applicationAuth = {
  kind: 'application',
  portalUrl: 'https://portal.example.com',
  clientId: 'local.1',
  clientSecret: 'app-secret',
  applicationToken: 'app-token',
  tokens: { accessToken: 'access', refreshToken: 'refresh', expiresAt: '2026-11-25T10:00:00Z' },
};
