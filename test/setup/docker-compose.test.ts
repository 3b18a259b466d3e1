import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { readSettings } from '../../src/config/settings';

const root = path.resolve(__dirname, '../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

interface Service {
  image?: string;
  command?: string[];
  environment?: Record<string, string>;
  healthcheck?: { test?: string[]; disable?: boolean };
  user?: string;
  read_only?: boolean;
  cap_drop?: string[];
  cap_add?: string[];
  privileged?: boolean;
  security_opt?: string[];
  mem_limit?: string;
  pids_limit?: number;
  ports?: string[];
  networks?: string[];
  tmpfs?: string[];
  depends_on?: Record<string, { condition: string }>;
}

const text = read('docker-compose.yml');
const { services, volumes, networks } = parse(text, { merge: true }) as {
  services: Record<string, Service & { volumes?: string[] }>;
  volumes: Record<string, unknown>;
  networks: Record<string, { internal?: boolean } | null>;
};
/** As compose fills in `${NAME:-default}` and `${NAME:?message}`. */
const filled = (value: string, env: Record<string, string>): string =>
  value.replace(
    /\$\{(\w+)(?::[-?]([^}]*))?\}/g,
    (_, name: string, fallback: string) => env[name] ?? fallback,
  );

describe('docker-compose.yml', () => {
  it('has Temporal with PostgreSQL and UI, MongoDB, API and worker, each pinned to a version', () => {
    expect(Object.keys(services).sort()).toEqual([
      'api',
      'mongodb',
      'postgresql',
      'temporal',
      'temporal-ui',
      'worker',
    ]);
    for (const { image } of Object.values(services))
      expect(image).toMatch(/^(3cx-bitrix24-bridge|[\w/-]+:\d[\w.]*)$/);
  });

  it.each(['api', 'worker'])('gives the %s settings that the start takes', (name) => {
    const env = {
      DATA_KEY: Buffer.alloc(32, 1).toString('base64'),
      ADMIN_API_KEY: 'a-key-of-enough-length',
      POSTGRES_PASSWORD: 'x',
    };
    const given = Object.entries(services[name]!.environment!).map(([key, value]) => [
      key,
      filled(String(value), env),
    ]);
    const settings = readSettings(Object.fromEntries(given) as Record<string, string>, {
      needsServers: true,
    });
    expect(settings).toMatchObject({
      temporalAddress: 'temporal:7233',
      mongodbUri: 'mongodb://mongodb:27017/bridge?replicaSet=rs0',
      dataDir: '/data',
    });
  });

  it('runs programs that the build makes', () => {
    const build = JSON.parse(read('tsconfig.json')) as { compilerOptions: { outDir: string } };
    for (const name of ['api', 'worker']) {
      const [program, file] = services[name]!.command!;
      expect(program).toBe('node');
      const source = file!.replace(`${build.compilerOptions.outDir}/`, '').replace(/\.js$/, '.ts');
      expect(read(source)).toContain('main().catch(fail)');
    }
  });

  it('asks for nothing that .env.example does not explain', () => {
    const example = read('.env.example');
    const asked = [...text.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name);
    expect(new Set(asked)).toEqual(new Set(['DATA_KEY', 'ADMIN_API_KEY', 'POSTGRES_PASSWORD']));
    for (const name of asked) expect(example).toMatch(new RegExp(`^${name}=`, 'm'));
  });

  it('hands on every setting that .env.example names', () => {
    const named = [...read('.env.example').matchAll(/^(?:# )?([A-Z][A-Z0-9_]+)=/gm)].map(([, name]) => name);
    expect(named).toEqual(expect.arrayContaining(['DATA_KEY', 'LOG_FORMAT', 'WEBHOOK_TOKEN']));
    for (const name of named) expect(text).toContain(`\${${name}:`);
  });

  it('makes the connection of the environment in the API', () => {
    const env = {
      THREECX_URL: 'https://pbx.example.com',
      WEBHOOK_TOKEN: 'of-enough-length',
      DATA_KEY: Buffer.alloc(32, 1).toString('base64'),
      ADMIN_API_KEY: 'a-key-of-enough-length',
    };
    const given = Object.entries(services.api!.environment!).map(([key, value]) => [
      key,
      filled(String(value), env),
    ]);
    const settings = readSettings(Object.fromEntries(given) as Record<string, string>, {
      needsServers: true,
    });
    expect(settings.defaultConnection).toMatchObject({
      threecxUrl: 'https://pbx.example.com',
      webhookToken: 'of-enough-length',
      bitrix24WebhookUrl: null,
    });
  });

  it('waits for servers that can tell that they are ready, and keeps their data', () => {
    for (const service of Object.values(services))
      for (const other of Object.keys(service.depends_on ?? {}))
        expect(services[other]!.healthcheck).toBeDefined();
    const kept = Object.values(services).flatMap((service) => service.volumes ?? []);
    for (const volume of Object.keys(volumes))
      expect(kept.some((one) => one.startsWith(`${volume}:`))).toBe(true);
  });
});

describe('the containers', () => {
  const each = Object.entries(services);

  it.each(each)(
    '%s has no capability, gains none, and is bounded in memory and processes',
    (_name, service) => {
      expect(service).toMatchObject({ cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
      expect(service.cap_add ?? []).toEqual([]);
      expect(service.privileged ?? false).toBe(false);
      expect(service.mem_limit).toMatch(/^\d+[mg]$/);
      expect(service.pids_limit).toBeGreaterThan(0);
    },
  );

  it.each(['api', 'worker'])('%s runs as an ordinary user on a file system that it cannot write', (name) => {
    const { user, read_only, tmpfs, volumes: mounted = [] } = services[name]!;
    expect([user, read_only]).toEqual(['node', true]);
    // Its data and /tmp only, no folder of the host.
    expect(tmpfs).toEqual([expect.stringMatching(/^\/tmp:.*size=/)]);
    expect(mounted).toEqual([`${name}-data:/data`]);
    expect(services[name]!.environment!.DATA_DIR).toBe('/data');
  });

  it('databases run as ordinary users', () => {
    expect([services.mongodb!.user, services.postgresql!.user]).toEqual(['mongodb', 'postgres']);
  });

  it('only API and UI can be reached, and only from this machine', () => {
    const published = each.filter(([, { ports }]) => ports !== undefined);
    expect(published.map(([name]) => name).sort()).toEqual(['api', 'temporal-ui']);
    for (const [, { ports = [] }] of published)
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  it('databases and Temporal are on a network without a way out', () => {
    expect(networks.inside).toEqual({ internal: true });
    for (const name of ['mongodb', 'postgresql', 'temporal'])
      expect(services[name]!.networks).toEqual(['inside']);
    for (const name of ['api', 'worker']) expect(services[name]!.networks).toEqual(['outside', 'inside']);
  });

  it('API and databases say whether they are well', () => {
    for (const name of ['api', 'mongodb', 'postgresql', 'temporal'])
      expect(services[name]!.healthcheck?.test?.length).toBeGreaterThan(1);
    expect(services.worker!.healthcheck).toEqual({ disable: true });
  });

  it('the image itself runs as an ordinary user and says whether it is well', () => {
    const dockerfile = read('Dockerfile');
    const last = dockerfile.split(/^FROM /m).at(-1)!;
    expect(last).toMatch(/^USER node$/m);
    expect(last).toMatch(/^HEALTHCHECK [^]*\/health\/live/m);
    expect(last).not.toMatch(/^(ADD|ARG|ENV) .*(KEY|SECRET|TOKEN|PASSWORD)/m);
  });
});
