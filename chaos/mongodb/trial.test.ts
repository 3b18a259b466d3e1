import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { killWhileWriting } from './trial';

jest.setTimeout(120_000);

describe('mongod as the bridge starts it, killed while it is written to', () => {
  it.each([150, 700])('keeps every acknowledged write (killed after %i ms)', async (killedAfterMs) => {
    const dir = await mkdtemp(path.join(os.tmpdir(), 'bridge-mongodb-trial-'));
    try {
      const trial = await killWhileWriting(dir, killedAfterMs);
      expect(trial.acknowledged).toBeGreaterThan(0);
      expect(trial.lost).toBe(0);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });
});
