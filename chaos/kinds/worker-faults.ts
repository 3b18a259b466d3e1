import { setTimeout as pause } from 'node:timers/promises';
import type { ChaosLab } from '../lab';
import { httpTimeoutMs } from '../lab';
import type { FaultKind, FaultRun } from './kind';
import { processFault } from './kind';

const register = 'telephony.externalcall.register';
const finish = 'telephony.externalcall.finish';
const attach = 'telephony.externalcall.attachrecord';
/** A request's own time and the grace that Temporal gives the attempt (workflows/steps.ts), and a bit. */
const attemptIsGivenUpMs = httpTimeoutMs + 11_000;

/** Kills all workers while a request of theirs stands at a barrier, for nobody knows which of them sent it. */
function killedAt(
  name: string,
  matrix: string,
  barrierOf: (lab: ChaosLab) => { held: Promise<void>; holding: number; release(): void },
  meanwhile: (run: FaultRun) => Promise<void> = () => Promise.resolve(),
): FaultKind {
  return {
    name,
    matrix,
    lane: 'processes',
    run: async (run) => {
      const barrier = barrierOf(run.lab);
      const held = await run.within(() => barrier.holding > 0);
      if (!held) {
        barrier.release();
        return 0;
      }
      const killed = await Promise.all(run.lab.workers.map((worker) => worker.down('SIGKILL')));
      barrier.release();
      await meanwhile(run);
      for (const worker of run.lab.workers) worker.up();
      await run.lab.allReady();
      return killed.filter(Boolean).length;
    },
  };
}

const portalBarrier =
  (method: string, when: 'before' | 'after') =>
  ({ portal }: ChaosLab): ReturnType<ChaosLab['portal']['control']['faults']['barrier']> =>
    portal.control.faults.barrier({ method, when });

async function restartTemporal({ lab }: FaultRun): Promise<void> {
  await lab.servers.kill('temporal');
  await lab.servers.restart('temporal');
}

/** What happens to workers. */
export const workerFaults: FaultKind[] = [
  killedAt('worker-killed-before-register', 'F01', portalBarrier(register, 'before')),
  killedAt('worker-killed-after-register', 'F02', portalBarrier(register, 'after')),
  killedAt('worker-killed-before-finish', 'F04', portalBarrier(finish, 'before')),
  killedAt('worker-killed-after-finish', 'F04', portalBarrier(finish, 'after')),
  killedAt('worker-killed-before-upload', 'F05', portalBarrier('upload', 'before')),
  killedAt('worker-killed-after-upload', 'F05', portalBarrier('upload', 'after')),
  killedAt('worker-killed-after-attach', 'F05', portalBarrier(attach, 'after')),
  killedAt('worker-killed-in-download', 'F05', ({ pbx }) =>
    pbx.control.faults.barrier({ endpoint: 'download', when: 'after' }),
  ),
  killedAt('worker-killed-and-temporal-restarted', 'F51', portalBarrier(finish, 'after'), restartTemporal),
  processFault('worker-answer-kept-from-temporal', 'F03', async ({ lab, within }) => {
    const barrier = lab.portal.control.faults.barrier({ method: finish, when: 'after' });
    const held = await within(() => barrier.holding > 0);
    if (held) await lab.edges.workerTemporal.set({ kind: 'black-hole' });
    barrier.release();
    if (!held) return 0;
    // The worker has its answer and cannot tell it.
    await pause(500);
    const killed = await Promise.all(lab.workers.map((worker) => worker.down('SIGKILL')));
    await lab.edges.workerTemporal.set({ kind: 'pass' });
    for (const worker of lab.workers) worker.up();
    await lab.allReady();
    return killed.filter(Boolean).length;
  }),
  processFault('all-workers-down', 'F06', async ({ lab, random }) => {
    const ended = await Promise.all(lab.workers.map((worker) => worker.down('SIGTERM')));
    await pause(2_000 + random() * 4_000);
    for (const worker of lab.workers) worker.up();
    await lab.allReady();
    return ended.filter(Boolean).length;
  }),
  processFault('worker-frozen', 'F07', async ({ lab, within }) => {
    const barrier = lab.portal.control.faults.barrier({ method: register, when: 'after' });
    const held = await within(() => barrier.holding > 0);
    const frozen = held ? lab.workers.filter((worker) => worker.signal('SIGSTOP')) : [];
    barrier.release();
    if (held) {
      // Their attempts are given up by Temporal, then the late answers come.
      await pause(attemptIsGivenUpMs);
      for (const worker of frozen) worker.signal('SIGCONT');
    }
    return frozen.length;
  }),
];
