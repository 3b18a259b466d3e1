import { tempDir } from '../../test/support/temp-dir';
import { killWhileWriting } from './trial';

jest.setTimeout(120_000);

describe('mongod as the bridge starts it, killed while it is written to', () => {
  it.each([150, 700])('keeps every acknowledged write (killed after %i ms)', async (killedAfterMs) => {
    const dir = await tempDir();
    try {
      const trial = await killWhileWriting(dir.path, killedAfterMs);
      expect(trial.acknowledged).toBeGreaterThan(0);
      expect(trial.lost).toBe(0);
    } finally {
      await dir.remove();
    }
  });
});
