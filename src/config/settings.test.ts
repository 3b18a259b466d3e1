import { readSettings, SettingsError } from './settings';

const key = Buffer.alloc(32, 1).toString('base64');
const problemsOf = (env: NodeJS.ProcessEnv, needsServers = false): string[] => {
  try {
    readSettings(env, { needsServers });
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
};

describe('settings', () => {
  it('need nothing at all for a start with embedded servers', () => {
    const settings = readSettings({}, { needsServers: false });
    expect(settings).toMatchObject({ host: '127.0.0.1', port: 3000, timeScale: 1, httpTimeoutMs: 65_000 });
    expect(settings.mongodbUri).toBeNull();
  });

  it('treat an empty variable as not set', () => {
    expect(readSettings({ PORT: '', DATA_KEY: '' }, { needsServers: false }).port).toBe(3000);
  });

  it.each([
    ['PORT', 'abc'],
    ['PORT', '70000'],
    ['PUBLIC_URL', 'ftp://x'],
    ['TEMPORAL_ADDRESS', 'localhost'],
    ['MONGODB_URI', 'mongodb://127.0.0.1:27017'],
    ['MONGODB_URI', 'postgres://127.0.0.1/x'],
    ['DATA_KEY', 'short'],
    ['DATA_KEY', `${key},short`],
    ['LOG_LEVEL', 'loud'],
    ['HTTP_TIMEOUT_MS', '0'],
    ['SHUTDOWN_DELAY_MS', '-1'],
    ['SHUTDOWN_DELAY_MS', '25001'],
    ['LEDGER_RETENTION_DAYS', '-1'],
    ['ADMIN_API_KEY', 'short'],
    ['BITRIX24_WEBHOOK_URL', 'portal'],
    ['WORKFLOW_TIME_SCALE', '100'],
  ])('refuse a bad %s and name it (%s)', (name, value) => {
    const problems = problemsOf({
      [name]: value,
      ...(name === 'WORKFLOW_TIME_SCALE' ? { NODE_ENV: 'production' } : {}),
    });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${name}: \\S+`));
  });

  it('report every problem at once', () => {
    expect(problemsOf({ PORT: 'x', LOG_LEVEL: 'y' })).toHaveLength(2);
  });

  it('need all three servers and keys for API or worker alone', () => {
    expect(problemsOf({}, true).map((problem) => problem.split(':')[0])).toEqual([
      'TEMPORAL_ADDRESS',
      'MONGODB_URI',
      'DATA_KEY',
    ]);
    const uri = 'mongodb://a:1,b:2/bridge?replicaSet=rs0';
    expect(
      problemsOf({ TEMPORAL_ADDRESS: 'a:1', MONGODB_URI: uri, DATA_KEY: `${key},${key}` }, true),
    ).toEqual([]);
  });

  it('shorten timers in tests only', () => {
    expect(
      readSettings({ WORKFLOW_TIME_SCALE: '100', NODE_ENV: 'test' }, { needsServers: false }).timeScale,
    ).toBe(100);
  });
});
