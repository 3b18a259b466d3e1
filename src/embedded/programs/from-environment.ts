import { isExecutable } from './is-executable';
import { proven } from './prove';
import type { Source } from './source';
import { NotThere } from './source';

/** The path that the program's own variable names. */
export const fromEnvironment: Source = {
  name: 'environment',
  describe: (program) => program.variable,
  async find(program, { env }) {
    const file = env[program.variable];
    if (!file) throw new NotThere('is not set');
    if (!(await isExecutable(file))) throw new Error(`${file} is not an executable file`);
    return { path: file, source: 'environment', version: await proven(program, file) };
  },
};
