import { mkdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Program } from './program';

const name = '3cx-bitrix24-bridge';

/**
 * Where fetched programs are kept, best place first: one per user, so that a fresh clone finds what an earlier one
 * fetched; for a user whose home cannot be written, one in the working directory.
 */
export function cacheDirs(env: NodeJS.ProcessEnv): [string, string] {
  const given = env.XDG_CACHE_HOME;
  const base =
    given !== undefined && path.isAbsolute(given) ? given : path.join(env.HOME || os.homedir(), '.cache');
  return [path.join(base, name), path.resolve('.cache')];
}

/** The first of the cache's places that can be written. */
export async function writableCacheDir(env: NodeJS.ProcessEnv): Promise<string> {
  const [shared, local] = cacheDirs(env);
  try {
    await mkdir(shared, { recursive: true, mode: 0o700 });
    return shared;
  } catch {
    await mkdir(local, { recursive: true, mode: 0o700 });
    return local;
  }
}

/** Folder of one version of a program inside the cache. */
export function cacheKey(program: Program, version: string): string {
  return `${program.file}-${version}-${process.platform}-${process.arch}`;
}
