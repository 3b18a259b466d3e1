import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import type { TempDir } from '../../test/support/temp-dir';
import { tempDir } from '../../test/support/temp-dir';
import { ExpectedError, lockDataDir } from '.';
import { processMark } from './process-identity';

let dir: TempDir;
beforeEach(async () => (dir = await tempDir()));
afterEach(() => dir.remove());

const lockFile = (): string => path.join(dir.path, 'lock.1');
const leaveLock = (holder: object | string): Promise<void> =>
  writeFile(lockFile(), typeof holder === 'string' ? holder : JSON.stringify(holder));
const since = '2026-11-24T09:00:00.000Z';

describe('the lock of a data folder', () => {
  it('is held by one, named to the next with process id and time, and free after the release', async () => {
    const lock = await lockDataDir(dir.path);
    const refused = await lockDataDir(dir.path).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ExpectedError);
    expect((refused as Error).message).toMatch(
      new RegExp(`^${dir.path} is in use by process ${process.pid} since 20\\d\\d-\\S+Z\\. Stop`),
    );
    await lock.release();
    await lock.release();
    const next = await lockDataDir(dir.path);
    await lock.release();
    await expect(lockDataDir(dir.path)).rejects.toThrow(ExpectedError);
    await next.release();
    expect(await readdir(dir.path)).toEqual(['lock.2']);
  });

  it('makes the folder', async () => {
    const lock = await lockDataDir(path.join(dir.path, 'a/b'));
    await lock.release();
  });

  it('is taken over from a process that is dead', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '0']);
    await leaveLock({ pid, since, mark: null });
    await (await lockDataDir(dir.path)).release();
  });

  it('is taken over when another process has got the id of the dead one, as process 1 of each container does', async () => {
    await leaveLock({ pid: process.pid, since, mark: 'another boot/1' });
    await (await lockDataDir(dir.path)).release();
  });

  it('is kept for a living process', async () => {
    await leaveLock({ pid: process.ppid, since, mark: await processMark(process.ppid) });
    await expect(lockDataDir(dir.path)).rejects.toThrow(`process ${process.ppid} since ${since}`);
  });

  it.each(['', 'garbage', '{}', '{"pid":"x"}'])('is taken over when its file is spoilt: %j', async (text) => {
    await leaveLock(text);
    await (await lockDataDir(dir.path)).release();
  });

  it.each([1, 2, 3, 4, 5])(
    'goes to exactly one of many that come at once upon a dead lock (%i)',
    async () => {
      await leaveLock({ pid: process.pid, since, mark: 'another boot/1' });
      const outcomes = await Promise.allSettled(Array.from({ length: 30 }, () => lockDataDir(dir.path)));
      expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
      expect(await readdir(dir.path)).toEqual(['lock.2']);
    },
  );

  it('is never held by two while many take and release it', async () => {
    let holders = 0;
    let taken = 0;
    const worker = async (): Promise<void> => {
      for (let tries = 0; tries < 30; tries += 1) {
        const lock = await lockDataDir(dir.path).catch(() => null);
        if (lock === null) continue;
        holders += 1;
        taken += 1;
        expect(holders).toBe(1);
        await new Promise((resolve) => setImmediate(resolve));
        holders -= 1;
        await lock.release();
      }
    };
    await Promise.all(Array.from({ length: 10 }, worker));
    expect(taken).toBeGreaterThan(1);
  });
});
