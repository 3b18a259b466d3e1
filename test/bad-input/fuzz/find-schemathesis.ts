import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { writableCacheDir } from '../../../src/embedded/programs/cache-dir';
import { runCommand } from '../../../src/embedded/programs/run-command';

/** What was tried and seen working (reliability.md section 6). */
const version = '4.32.5';
const installMs = 5 * 60_000;
const askMs = 60_000;

/**
 * The fuzzer: the program that `SCHEMATHESIS_PATH` names, or one in the project's cache, put there by this machine's own
 * Python and pip when it is not.
 *
 * @throws when it cannot be had, with what was tried.
 */
export async function findSchemathesis(env: NodeJS.ProcessEnv): Promise<string> {
  if (env.SCHEMATHESIS_PATH) return env.SCHEMATHESIS_PATH;
  const home = path.join(await writableCacheDir(env), `schemathesis-${version}`);
  const program = path.join(home, 'bin', 'schemathesis');
  if (await works(program)) return program;
  process.stdout.write(`Fetching schemathesis ${version} with this machine's pip (about 30 MB, once)\n`);
  await rm(home, { recursive: true, force: true });
  await mkdir(path.dirname(home), { recursive: true });
  await run('python3', ['-m', 'venv', home]);
  const options = ['--disable-pip-version-check', '--no-input', '--quiet', '--only-binary', ':all:'];
  await run(path.join(home, 'bin', 'pip'), ['install', ...options, `schemathesis==${version}`]);
  if (await works(program)) return program;
  throw cannotBeHad('it was fetched and does not run');
}

function cannotBeHad(reason: string): Error {
  const message = `schemathesis ${version} cannot be had here: ${reason}. SCHEMATHESIS_PATH may name one.`;
  return Object.assign(new Error(message), { expected: true });
}

async function works(program: string): Promise<boolean> {
  return (await runCommand(program, ['--version'], askMs)).code === 0;
}

async function run(command: string, args: string[]): Promise<void> {
  const { code, problem, stderr } = await runCommand(command, args, installMs);
  if (code === 0) return;
  const said = problem ?? stderr.trim().split('\n').at(-1) ?? '';
  const reason = said.replace(/\/\/[^/@\s]+@/g, '//').slice(0, 300);
  throw cannotBeHad(`${path.basename(command)} ${args.slice(0, 2).join(' ')}: ${reason}`);
}
