import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Slot } from '../slot';
import type { FaultKind, FaultRun } from './kind';

const run = promisify(execFile);
const busyLoops = 4;
const busyMs = 6_000;
const fewDescriptorsMs = 4_000;
/** Fewer than any of our processes has open. */
const fewDescriptors = 10;
/** Too small for a worker to start in. */
const smallHeapMb = 48;
/** util-linux: changes the limits of a running process. */
const prlimit = '/usr/bin/prlimit';

/** Busy processes beside everything; polite enough that the rest of the machine gets on. */
async function starveCpu(): Promise<number> {
  const loop = `const until = Date.now() + ${busyMs}; while (Date.now() < until);`;
  const loops = Array.from({ length: busyLoops }, () =>
    spawn('nice', ['-n', '1', process.execPath, '-e', loop], { stdio: 'ignore' }),
  );
  await Promise.all(loops.map((one) => once(one, 'exit')));
  return loops.length;
}

/** Takes the file descriptors of one API and one worker away, and gives them back. */
async function fewFiles({ lab, random }: FaultRun): Promise<number> {
  const which = Math.floor(random() * lab.apis.length);
  const slots = [lab.apis[which]!, lab.workers[which]!];
  const limited = (await Promise.all(slots.map((slot) => limitFiles(slot, fewDescriptors)))).filter(Boolean);
  await pause(fewDescriptorsMs);
  for (const give of limited) await give!();
  return limited.length;
}

/** Lowers the soft limit; answers what gives it back, null when the process is just not there. */
async function limitFiles(slot: Slot, soft: number): Promise<(() => Promise<unknown>) | null> {
  const { current } = slot;
  if (current?.running !== true) return null;
  const target = ['--pid', String(current.pid)];
  try {
    const { stdout } = await run(prlimit, [...target, '--nofile', '--output', 'SOFT', '--noheadings']);
    await run(prlimit, [...target, `--nofile=${soft}:`]);
    // It may be killed meanwhile.
    return () => run(prlimit, [...target, `--nofile=${stdout.trim()}:`]).catch(() => undefined);
  } catch {
    return null;
  }
}

/** One worker comes back with too little memory, and dies of it until it has more. */
async function smallHeap({ lab, random, within }: FaultRun): Promise<number> {
  const worker = lab.workers[Math.floor(random() * lab.workers.length)]!;
  await worker.down('SIGTERM');
  const before = worker.crashes;
  worker.up({ NODE_OPTIONS: `--max-old-space-size=${smallHeapMb}` });
  await within(() => worker.crashes > before);
  const crashed = worker.crashes - before;
  await worker.down('SIGKILL');
  worker.up();
  await lab.allReady();
  return crashed;
}

/** What the machine does to us. */
export const hostFaults: FaultKind[] = [
  {
    ...{ name: 'cpu-starved', matrix: 'F49', lane: 'hindrances', quick: true },
    what: `${busyLoops} busy loops beside everything for ${busyMs / 1_000} s`,
    run: starveCpu,
  },
  {
    ...{ name: 'worker-out-of-memory', matrix: 'F12', lane: 'kills', target: 'worker' },
    what: `one worker comes back with a heap of ${smallHeapMb} MB, dies of it, and gets its memory back`,
    run: smallHeap,
  },
  ...(existsSync(prlimit)
    ? ([
        {
          ...{ name: 'out-of-descriptors', matrix: 'F12', lane: 'hindrances', quick: true },
          what: `one API and one worker may open nothing more for ${fewDescriptorsMs / 1_000} s`,
          run: fewFiles,
        },
      ] satisfies FaultKind[])
    : []),
];
