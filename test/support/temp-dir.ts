import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

/** A folder for one test, and what removes it. */
export interface TempDir {
  path: string;
  remove(): Promise<void>;
}

/** Makes an empty folder that nothing else uses. */
export async function tempDir(): Promise<TempDir> {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'bridge-test-'));
  return { path: dir, remove: () => rm(dir, { recursive: true, force: true }) };
}
