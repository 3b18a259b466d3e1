import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import type { WorkerMessage } from './worker-process';

/** A worker in a process of its own. */
export interface WorkerProcess {
  pid: number;
  /** The most memory it held since the last call of this, bytes. */
  takePeakRss(): number;
  stop(): Promise<void>;
}

const readyMs = 120_000;
const stopMs = 25_000;

let bundle: Promise<string> | null = null;

/** The workflows' code in a file, made once for all workers. */
async function bundleIn(dir: string): Promise<string> {
  const file = path.join(dir, 'workflow-bundle.js');
  const workflowsPath = require.resolve('../../src/workflows');
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
  await writeFile(file, code);
  return file;
}

/**
 * Starts a worker of the installation that `env` names and waits until it polls.
 *
 * @param dir where the bundled workflows may be kept.
 */
export async function startWorkerProcess(env: Record<string, string>, dir: string): Promise<WorkerProcess> {
  bundle ??= bundleIn(dir);
  const child = fork(path.join(__dirname, 'worker-process.ts'), [await bundle], {
    execArgv: ['--import', 'tsx'],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const gone = once(child, 'exit');
  let peakBytes = 0;
  const ready = new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`A worker was not ready in ${readyMs} ms`)), readyMs);
    late.unref();
    child.on('message', (message: WorkerMessage) => {
      if ('rssBytes' in message) peakBytes = Math.max(peakBytes, message.rssBytes);
      else resolve();
    });
    child.once('exit', (code) => reject(new Error(`A worker ended with ${code}`)));
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), stopMs);
    await gone;
    clearTimeout(late);
  };
  try {
    await ready;
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    pid: child.pid!,
    takePeakRss: () => {
      const taken = peakBytes;
      peakBytes = 0;
      return taken;
    },
    stop,
  };
}
