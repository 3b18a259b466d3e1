import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { retentionSchema } from '../../src/domain/connection';
import { sealedPlaces } from '../../src/store/sealed-places';

const root = path.resolve(__dirname, '../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const text = read('docs/security.md');

const store = readdirSync(path.join(root, 'src/store'))
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  .map((file) => read(`src/store/${file}`))
  .join('\n');
/** Every collection that the store opens, by the text of its code. */
const collections = new Set(
  [
    ...store.matchAll(/ollection(?:<[^(]*>)?\(\s*(?:context|this\.context),\s*'(\w+)'/g),
    ...store.matchAll(/\.collection(?:<[^(]*>)?\('(\w+)'/g),
    ...store.matchAll(/collection: '(\w+)'/g),
  ].map(([, name]) => name!),
);

describe('docs/security.md', () => {
  it('tells of every collection what it holds and for how long', () => {
    expect(collections.size).toBeGreaterThanOrEqual(20);
    const table = text.slice(text.indexOf('### MongoDB'), text.indexOf('### Temporal'));
    const told = [...table.matchAll(/^\| (`[^|]*) \|/gm)].flatMap(([, cell]) =>
      cell!.match(/(?<=`)\w+(?=`)/g),
    );
    expect([...collections].filter((name) => !told.includes(name))).toEqual([]);
    expect(told.filter((name) => !collections.has(name!))).toEqual([]);
  });

  it.each(sealedPlaces.map(({ collection }) => collection))('says that %s is sealed', (collection) => {
    const row = text.split('\n').find((line) => line.startsWith('| `') && line.includes(`\`${collection}\``));
    expect(row).toContain('sealed');
  });

  it('names every time that a connection may set', () => {
    for (const field of Object.keys(retentionSchema.shape)) expect(text).toContain(`"${field}"`);
    const [, example] = /```json\n([^]*?)```/.exec(text)!;
    retentionSchema.parse((JSON.parse(example!) as { retention: unknown }).retention);
  });

  it('holds proxies that close every brace and end every line', () => {
    const [, nginx] = /```nginx\n([^]*?)```/.exec(text)!;
    const lines = nginx!
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
    for (const line of lines) expect(line).toMatch(/[;{}]$/);
    for (const block of [nginx!, /```caddyfile\n([^]*?)```/.exec(text)![1]!])
      expect(block.split('{').length).toBe(block.split('}').length);
    // The query may hold a token.
    expect(nginx).not.toMatch(/\$(request|request_uri|args|query_string)\b/);
  });
});

describe('deploy/3cx-bitrix24-bridge.service', () => {
  const unit = read('deploy/3cx-bitrix24-bridge.service');

  it.each([
    'User=bridge',
    'NoNewPrivileges=yes',
    'CapabilityBoundingSet=',
    'ProtectSystem=strict',
    'ProtectHome=yes',
    'PrivateTmp=yes',
    'PrivateDevices=yes',
    'RestrictNamespaces=yes',
    'SystemCallFilter=@system-service',
    'UMask=0077',
    'LimitCORE=0',
  ])('sets %s', (line) => {
    expect(unit.split('\n')).toContain(line);
  });

  it('bounds memory and tasks, and runs a program that the build makes', () => {
    expect(unit).toMatch(/^MemoryMax=\d+[MG]$/m);
    expect(unit).toMatch(/^TasksMax=\d+$/m);
    const [, file] = /^ExecStart=\/usr\/bin\/node dist\/(.*)\.js$/m.exec(unit)!;
    expect(read(`${file}.ts`)).toContain('main().catch(fail)');
  });

  it('writes where the settings say that data are', () => {
    const [, folder] = /^StateDirectory=(.*)$/m.exec(unit)!;
    expect(unit).toContain(`Environment=DATA_DIR=/var/lib/${folder}\n`);
    expect(unit).toMatch(/^EnvironmentFile=\//m);
    expect(unit).not.toMatch(/^Environment=.*(KEY|SECRET|TOKEN|PASSWORD)/m);
  });
});
