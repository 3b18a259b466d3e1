import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { transformFile } from '@swc/core';
import type { Options } from '@swc/core';

const root = path.resolve(__dirname, '..');
const swc: Options = {
  configFile: false,
  swcrc: false,
  sourceMaps: 'inline',
  jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
  module: { type: 'commonjs' },
};

/**
 * Compiles the sources into a folder of the run, once: processes that are killed all the time then start in a second, and
 * an edit of the sources meanwhile changes nothing.
 */
export async function buildInto(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await symlink(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  await cp(path.join(root, 'package.json'), path.join(folder, 'package.json'));
  const files = await readdir(path.join(root, 'src'), { recursive: true });
  for (const file of files.filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))) {
    const { code } = await transformFile(path.join(root, 'src', file), swc);
    const target = path.join(folder, 'src', file.replace(/\.ts$/, '.js'));
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, code);
  }
  await promisify(execFile)(process.execPath, [path.join(folder, 'src/worker/build-bundle.js')]);
}
