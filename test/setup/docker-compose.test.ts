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
  healthcheck?: unknown;
  depends_on?: Record<string, { condition: string }>;
}

const text = read('docker-compose.yml');
const { services, volumes } = parse(text, { merge: true }) as {
  services: Record<string, Service & { volumes?: string[] }>;
  volumes: Record<string, unknown>;
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

  it('waits for servers that can tell that they are ready, and keeps their data', () => {
    for (const service of Object.values(services))
      for (const other of Object.keys(service.depends_on ?? {}))
        expect(services[other]!.healthcheck).toBeDefined();
    const kept = Object.values(services).flatMap((service) => service.volumes ?? []);
    for (const volume of Object.keys(volumes))
      expect(kept.some((one) => one.startsWith(`${volume}:`))).toBe(true);
  });
});
