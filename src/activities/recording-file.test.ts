import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { newRecordingFile, sweepRecordingFiles } from './recording-file';

let dir: string;
let child: ChildProcess | null = null;
beforeEach(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'sweep-'));
});
afterEach(async () => {
  child?.kill('SIGKILL');
  await rm(dir, { recursive: true });
});

const put = async (name: string): Promise<string> => {
  await writeFile(path.join(dir, name), 'x');
  return name;
};
/** A name as a process on this machine would give it. */
const nameOf = (pid: number, start: number | string, host?: string): string => {
  const own = path.basename(newRecordingFile(dir)).split('_');
  return [own[0], host ?? own[1], pid, start, own[4]].join('_');
};
const startOf = (pid: number): string => {
  const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return line.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? '';
};

it('gives every file a name of its own that tells nothing about the call', () => {
  const names = [newRecordingFile(dir), newRecordingFile(dir)].map((file) => path.basename(file));
  expect(new Set(names).size).toBe(2);
  expect(names[0]).toMatch(/^rec_[0-9a-f]{8}_\d+_\d+_[0-9a-f-]{36}\.part$/);
});

it('deletes the files of dead processes and keeps those of live ones', async () => {
  child = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)'], { stdio: 'ignore' });
  const pid = child.pid!;
  const kept = [
    await put(path.basename(newRecordingFile(dir))),
    await put(nameOf(pid, startOf(pid))),
    await put('somebody-elses.file'),
  ];
  await put(nameOf(4_000_000, 1));
  // The id of a live process, but of one that began at another time.
  await put(nameOf(pid, 12));
  await sweepRecordingFiles(dir);
  expect((await readdir(dir)).sort()).toEqual(kept.sort());
});

it('deletes the files of another machine only when nobody can be using them any more', async () => {
  const [young, old] = [await put(nameOf(1, 1, '00000000')), await put(nameOf(2, 1, '00000000'))];
  const before = new Date(Date.now() - 3 * 3_600_000);
  await utimes(path.join(dir, old), before, before);
  await sweepRecordingFiles(dir);
  expect(await readdir(dir)).toEqual([young]);
});
