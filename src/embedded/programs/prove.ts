import type { Program } from './program';
import { runCommand } from './run-command';

/**
 * Runs the file once and answers its version: a build for another machine, a missing library or an old version show
 * at once.
 *
 * @throws with the reason when the file does not do.
 */
export async function proven(program: Program, file: string): Promise<string | null> {
  const { args, prints, minimum } = program.proof;
  const { code, stdout, stderr, problem } = await runCommand(file, args, 30_000);
  if (problem !== null) throw new Error(`${file} cannot be run: ${problem}`);
  const match = prints.exec(`${stdout}\n${stderr}`);
  if (code !== 0 || match === null)
    throw new Error(`${file} does not run here: ${lastLine(stderr) || lastLine(stdout) || `code ${code}`}`);
  const version = match[1] ?? null;
  if (minimum !== null && version !== null && isOlder(version, minimum))
    throw new Error(`${file} is version ${version}, but ${minimum.join('.')} or newer is needed`);
  return version;
}

function isOlder(version: string, [major, minor]: readonly [number, number]): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map(Number);
  return ownMajor < major || (ownMajor === major && ownMinor < minor);
}

/** The last line that says something, cut to a readable length. */
export function lastLine(text: string): string {
  return (text.trim().split('\n').at(-1) ?? '').slice(0, 300);
}
