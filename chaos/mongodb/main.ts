import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { fail } from '../../src/config/fail';
import { generator } from '../../simulators/common/random';
import { killWhileWriting } from './trial';

const shortestMs = 100;
const longestMs = 1_000;

/** `npm run chaos:mongodb [-- --trials 60] [--seed 1]`: 1 when an acknowledged write was lost. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { trials: { type: 'string', default: '60' }, seed: { type: 'string', default: '1' } },
  });
  const trials = Number(values.trials);
  const random = generator(Number(values.seed));
  let clean = 0;
  let acknowledged = 0;
  let lost = 0;
  for (let trial = 1; trial <= trials; trial += 1) {
    const dir = await mkdtemp(path.join(os.tmpdir(), 'bridge-mongodb-trial-'));
    try {
      const found = await killWhileWriting(dir, shortestMs + Math.round(random() * (longestMs - shortestMs)));
      acknowledged += found.acknowledged;
      lost += found.lost;
      clean += found.lost === 0 ? 1 : 0;
      process.stdout.write(
        `trial ${trial} of ${trials}: mongod ${found.mongod} killed after ${found.killedAfterMs} ms, ${found.acknowledged} acknowledged, ${found.lost} lost\n`,
      );
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  }
  process.stdout.write(
    `${clean} of ${trials} trials lost nothing; ${acknowledged} acknowledged writes, ${lost} lost\n`,
  );
  return clean === trials ? 0 : 1;
}

main()
  .then((code) => process.exit(code))
  .catch(fail);
