import path from 'node:path';
import { isExecutable } from './is-executable';
import { proven } from './prove';
import type { Source } from './source';
import { NotThere } from './source';

/** The first program of that name on PATH, as a shell would take it. */
export const fromPath: Source = {
  name: 'path',
  describe: () => 'PATH',
  async find(program, { env }) {
    for (const dir of (env.PATH ?? '').split(path.delimiter).filter((entry) => path.isAbsolute(entry))) {
      const file = path.join(dir, program.file);
      if (await isExecutable(file))
        return { path: file, source: 'path', version: await proven(program, file) };
    }
    throw new NotThere(`holds no ${program.file}`);
  },
};
