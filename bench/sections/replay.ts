import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Measure } from '../measure';

const root = path.resolve(__dirname, '../..');
const limitMs = 5_000;

/** Replay of every stored history, in a process of its own; the time of bundling the workflows is not counted. */
export async function measureReplay(): Promise<Measure[]> {
  const args = ['--import', 'tsx', 'test/histories/replay.ts'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root, timeout: 120_000 });
  const [, count, tookMs] = /Replayed (\d+) stored histories in (\d+) ms/.exec(stdout) ?? [];
  if (count === undefined) throw new Error(`The replay said: ${stdout}`);
  return [
    {
      name: `replay of ${count} stored histories`,
      ours: `${tookMs} ms`,
      goal: `≤ ${limitMs} ms`,
      met: Number(tookMs) <= limitMs,
    },
  ];
}
