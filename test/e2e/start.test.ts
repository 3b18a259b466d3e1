import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { BridgeProcess } from '../support/bridge-process';
import { eventually } from '../support/eventually';

jest.setTimeout(120_000);

const key = 'admin-key-of-the-start-test';

describe('npm start', () => {
  let dataDir: string;
  const started: BridgeProcess[] = [];
  const start = async (env: Record<string, string> = {}): Promise<BridgeProcess> => {
    const one = await BridgeProcess.start({ kind: 'all', env: { DATA_DIR: dataDir, ...env } });
    started.push(one);
    return one;
  };
  const ask = (bridge: BridgeProcess, method: string, route: string, adminKey = key, body?: object) =>
    fetch(`${bridge.url}/api/v1/${route}`, {
      method,
      headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });

  beforeEach(async () => {
    dataDir = await mkdtemp(path.join(os.tmpdir(), 'bridge-start-'));
  });
  afterEach(async () => {
    await Promise.all(started.splice(0).map((one) => one.stop('SIGKILL')));
    await eventually(
      () =>
        rm(dataDir, { recursive: true, force: true }).then(
          () => true,
          () => false,
        ),
      'the servers are gone with their parent',
    );
  });

  it('makes the first admin key, shows it once, and finds everything again at the second start', async () => {
    const first = await start();
    const madeKey = /shown this once[^\n]*\n\n {2}(\S+)\n/.exec(first.output)?.[1];
    expect(madeKey).toBeDefined();
    const connection = {
      threecx: { baseUrl: 'https://pbx.example.com', auth: { kind: 'token', token: 'secret' } },
      bitrix24: { auth: { kind: 'webhook', url: 'https://portal.example.com/rest/1/secret/' } },
      rules: { fallbackUserId: 1 },
    };
    expect((await ask(first, 'PUT', 'connections/office', madeKey, connection)).status).toBe(201);
    expect(await first.stop('SIGINT')).toBe(0);

    const second = await start();
    expect(second.output).not.toContain(madeKey);
    expect(second.output).not.toContain('shown this once');
    expect((await ask(second, 'GET', 'connections/office', madeKey)).status).toBe(200);
    expect((await ask(second, 'GET', 'connections/office', 'a-wrong-key-of-some-length')).status).toBe(401);
  });

  it('says who holds the data when it is started twice on them', async () => {
    const first = await start({ ADMIN_API_KEY: key });
    const second = BridgeProcess.spawn({ kind: 'all', env: { DATA_DIR: dataDir } });
    expect(await second.ended()).toBe(1);
    expect(second.output).toContain(String(first.pid));
    expect(second.output).not.toContain(' at ');
    expect((await ask(first, 'GET', 'connections')).status).toBe(200);
  });

  it('makes the connection of the environment', async () => {
    const bridge = await start({
      ADMIN_API_KEY: key,
      BITRIX24_WEBHOOK_URL: 'https://portal.example.com/rest/7/hook-secret/',
      THREECX_URL: 'https://pbx.example.com',
      THREECX_CLIENT_ID: 'bridge',
      THREECX_CLIENT_SECRET: 'pbx-secret',
      WEBHOOK_TOKEN: 'token-of-the-environment',
    });
    const text = await (await ask(bridge, 'GET', 'connections/default')).text();
    expect(JSON.parse(text)).toMatchObject({ rules: { fallbackUserId: 7 }, webhookTokens: ['***'] });
    expect(text).not.toMatch(/hook-secret|pbx-secret|token-of-the-environment/);
  });

  it.each([
    ['all', { PORT: 'abc' }, /PORT: /],
    ['all', { DATA_KEY: 'short' }, /DATA_KEY: .*32 bytes/],
    [
      'all',
      {
        BITRIX24_WEBHOOK_URL: 'https://169.254.169.254/rest/1/x/',
        THREECX_URL: 'https://pbx.example.com',
        WEBHOOK_TOKEN: 'of-enough-length',
      },
      /BITRIX24_WEBHOOK_URL: .*link-local/,
    ],
    ['api', {}, /TEMPORAL_ADDRESS: [^]*MONGODB_URI: [^]*DATA_KEY: /],
  ] as const)('of kind %s refuses the settings %j by name and rule', async (kind, env, message) => {
    const bridge = BridgeProcess.spawn({ kind, env: { DATA_DIR: dataDir, ...env } });
    expect(await bridge.ended()).toBe(1);
    expect(bridge.output).toMatch(message);
    expect(bridge.output).not.toContain(' at ');
  });
});
