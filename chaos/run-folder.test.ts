import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { openRunFolder } from './run-folder';

let place: string;

beforeEach(async () => {
  place = await mkdtemp(path.join(os.tmpdir(), 'run-folder-'));
});
afterEach(() => rm(place, { recursive: true, force: true }));

it('takes away the folders of runs that are gone, and leaves those of others that run', async () => {
  const { pid: gone } = spawnSync(process.execPath, ['-e', '']);
  const left = [`bridge-chaos-${gone}-a`, `bridge-chaos-${process.ppid}-b`, 'bridge-chaos-c', 'another'];
  for (const name of left) await mkdir(path.join(place, name, 'inner'), { recursive: true });
  const { dir, remove } = await openRunFolder(place);
  expect(path.basename(dir)).toMatch(new RegExp(`^bridge-chaos-${process.pid}-`));
  await remove();
  expect((await readdir(place)).sort()).toEqual([...left.slice(1)].sort());
});
