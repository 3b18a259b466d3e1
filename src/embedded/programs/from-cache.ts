import path from 'node:path';
import { cacheDirs, cacheKey } from './cache-dir';
import { isExecutable } from './is-executable';
import { proven } from './prove';
import type { Source } from './source';
import { NotThere } from './source';

/** What an earlier start fetched: the maker's build before the registry's. */
export const fromCache: Source = {
  name: 'cache',
  describe: (_program, { env }) => `cache (${cacheDirs(env)[0]})`,
  async find(program, { env }) {
    const versions = [program.official?.version, program.wheel.version].filter(
      (version) => version !== undefined,
    );
    for (const dir of cacheDirs(env))
      for (const version of versions) {
        const file = path.join(dir, cacheKey(program, version), program.file);
        if (await isExecutable(file))
          return { path: file, source: 'cache', version: await proven(program, file) };
      }
    throw new NotThere(`holds no ${program.file}`);
  },
};
