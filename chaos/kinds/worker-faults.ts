import { setTimeout as pause } from 'node:timers/promises';
import type { ChaosLab } from '../lab';
import { httpTimeoutMs } from '../lab';
import type { FaultKind, FaultRun } from './kind';

const register = 'telephony.externalcall.register';
const finish = 'telephony.externalcall.finish';
const attach = 'telephony.externalcall.attachrecord';
/** A request's own time and the grace that Temporal gives the attempt (workflows/steps.ts), and a bit. */
const attemptIsGivenUpMs = httpTimeoutMs + 11_000;

interface Barrier {
  holding: number;
  release(): void;
}

/** Waits until a request stands at the barrier, then acts; lets it go in the end. False: none came. */
async function atBarrier(
  { within }: FaultRun,
  barrier: Barrier,
  act: (release: () => void) => Promise<void>,
): Promise<boolean> {
  try {
    if (!(await within(() => barrier.holding > 0))) return false;
    await act(() => barrier.release());
    return true;
  } finally {
    barrier.release();
  }
}

/** Kills all workers; nobody knows which of them sent the request that is held. */
async function killWorkers(lab: ChaosLab, { inFlight }: { inFlight: boolean }): Promise<number> {
  const killed = await Promise.all(lab.workers.map((worker) => worker.down('SIGKILL')));
  if (killed.some(Boolean)) lab.kills.push({ target: 'worker', inFlight });
  return killed.filter(Boolean).length;
}

async function startWorkers(lab: ChaosLab): Promise<void> {
  for (const worker of lab.workers) worker.up();
  await lab.allReady();
}

/** Kills all workers while a request of theirs stands at a barrier. */
function killedAt(
  name: string,
  matrix: string,
  what: string,
  barrierOf: (lab: ChaosLab) => Barrier,
  meanwhile: (run: FaultRun) => Promise<void> = () => Promise.resolve(),
): FaultKind {
  return {
    ...{ name, matrix, lane: 'kills', target: 'worker', what },
    run: async (run) => {
      let killed = 0;
      await atBarrier(run, barrierOf(run.lab), async (release) => {
        killed = await killWorkers(run.lab, { inFlight: true });
        release();
        await meanwhile(run);
        await startWorkers(run.lab);
      });
      return killed;
    },
  };
}

const portalBarrier =
  (method: string, when: 'before' | 'after') =>
  ({ portal }: ChaosLab): Barrier =>
    portal.control.faults.barrier({ method, when });

async function restartTemporal({ lab }: FaultRun): Promise<void> {
  await lab.servers.kill('temporal');
  lab.kills.push({ target: 'temporal', inFlight: false });
  await lab.servers.restart('temporal');
}

const quick = (kind: FaultKind): FaultKind => ({ ...kind, quick: true });

async function keepAnswer(run: FaultRun): Promise<number> {
  let killed = 0;
  await atBarrier(run, portalBarrier(finish, 'after')(run.lab), async (release) => {
    await run.lab.edges.workerTemporal.during({ kind: 'black-hole' }, async () => {
      release();
      // The worker has its answer and cannot tell it.
      await pause(500);
      killed = await killWorkers(run.lab, { inFlight: true });
    });
  });
  await startWorkers(run.lab);
  return killed;
}

async function stopWorkers({ lab, random }: FaultRun): Promise<number> {
  const ended = await Promise.all(lab.workers.map((worker) => worker.down('SIGTERM')));
  await pause(2_000 + random() * 4_000);
  await startWorkers(lab);
  return ended.filter(Boolean).length;
}

async function freezeWorkers(run: FaultRun): Promise<number> {
  let frozen: typeof run.lab.workers = [];
  await atBarrier(run, portalBarrier(register, 'after')(run.lab), async (release) => {
    frozen = run.lab.workers.filter((worker) => worker.signal('SIGSTOP'));
    release();
    await pause(attemptIsGivenUpMs);
    for (const worker of frozen) worker.signal('SIGCONT');
  });
  return frozen.length;
}

/** What happens to workers. */
export const workerFaults: FaultKind[] = [
  quick(
    killedAt(
      'worker-killed-before-register',
      'F01',
      'kill -9 of the workers while the portal holds a register that it has not executed',
      portalBarrier(register, 'before'),
    ),
  ),
  quick(
    killedAt(
      'worker-killed-after-register',
      'F02',
      'the same after the portal has registered the call',
      portalBarrier(register, 'after'),
    ),
  ),
  killedAt(
    'worker-killed-before-finish',
    'F04',
    'the same before a finish is executed',
    portalBarrier(finish, 'before'),
  ),
  quick(
    killedAt(
      'worker-killed-after-finish',
      'F04',
      'the same after a finish was executed',
      portalBarrier(finish, 'after'),
    ),
  ),
  killedAt(
    'worker-killed-before-upload',
    'F05',
    'the same before the portal takes the file of a recording',
    portalBarrier('upload', 'before'),
  ),
  quick(
    killedAt(
      'worker-killed-after-upload',
      'F05',
      'the same after the portal has taken the file',
      portalBarrier('upload', 'after'),
    ),
  ),
  killedAt(
    'worker-killed-after-attach',
    'F05',
    'the same after the upload was announced',
    portalBarrier(attach, 'after'),
  ),
  killedAt(
    'worker-killed-in-download',
    'F05',
    'the same while the PBX holds the file of a recording back',
    ({ pbx }) => pbx.control.faults.barrier({ endpoint: 'download', when: 'after' }),
  ),
  killedAt(
    'worker-killed-and-temporal-restarted',
    'F51',
    'a finish was executed, the workers are killed, then Temporal too',
    portalBarrier(finish, 'after'),
    restartTemporal,
  ),
  {
    ...{ name: 'worker-answer-kept-from-temporal', matrix: 'F03', lane: 'kills', target: 'worker' },
    what: 'the worker has its answer to a finish, cannot tell Temporal, and is killed',
    run: keepAnswer,
  },
  {
    ...{ name: 'all-workers-down', matrix: 'F06', lane: 'kills', target: 'worker' },
    what: 'no worker for two to six seconds, calls coming in',
    run: stopWorkers,
  },
  {
    ...{ name: 'worker-frozen', matrix: 'F07', lane: 'hindrances' },
    what: 'the workers are stopped in a register, Temporal gives the attempt up, then they wake and answer late',
    run: freezeWorkers,
  },
];
