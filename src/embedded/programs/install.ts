import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { cacheKey, writableCacheDir } from './cache-dir';
import type { Program } from './program';
import { proven } from './prove';
import type { FindContext, FoundProgram, SourceName } from './source';

/** One way to get a program from outside. */
export interface Fetching {
  source: SourceName;
  version: string;
  /** Roughly what goes over the wire. */
  megabytes: number;
  /** For the progress line. */
  from: string;
  /** Puts the program at `target`; `dir` is an empty folder to work in. */
  fetch(dir: string, target: string): Promise<void>;
}

/**
 * Fetches a program into the cache. It becomes visible there in one step and only after it was seen running, so two
 * starts at once cannot hand each other half a file.
 */
export async function install(
  program: Program,
  { env, log }: FindContext,
  fetching: Fetching,
): Promise<FoundProgram> {
  const cache = await writableCacheDir(env);
  await sweep(cache);
  const dir = await mkdtemp(path.join(cache, '.fetch-'));
  const { source, version, megabytes, from } = fetching;
  log.info(`Fetching ${program.name} ${version} from ${from} (about ${megabytes} MB, once)`);
  const startedAt = Date.now();
  const seconds = (): number => Math.round((Date.now() - startedAt) / 1000);
  const progress = setInterval(() => log.info(`Still fetching ${program.name} (${seconds()} s)`), 10_000);
  try {
    const target = path.join(dir, program.file);
    await fetching.fetch(dir, target);
    await chmod(target, 0o755);
    const provenVersion = await proven(program, target);
    const home = path.join(cache, cacheKey(program, version));
    await mkdir(home, { recursive: true, mode: 0o700 });
    await rename(target, path.join(home, program.file));
    log.info(`Fetched ${program.name} ${version} in ${seconds()} s`);
    return { path: path.join(home, program.file), source, version: provenVersion };
  } finally {
    clearInterval(progress);
    await rm(dir, { recursive: true, force: true });
  }
}

/** Removes what fetches that were cut off left behind, a day later. */
async function sweep(cache: string): Promise<void> {
  for (const entry of await readdir(cache)) {
    if (!entry.startsWith('.fetch-')) continue;
    const file = path.join(cache, entry);
    const made = await stat(file).catch(() => null);
    if (made !== null && Date.now() - made.mtimeMs > 86_400_000)
      await rm(file, { recursive: true, force: true });
  }
}
