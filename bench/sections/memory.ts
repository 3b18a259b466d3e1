import { openBridge } from '../lab/bridge';
import type { BenchBridge } from '../lab/bridge';
import { forgetCalls, playCall } from '../lab/played-call';
import { settled, tellCall } from '../lab/run-call';
import type { Servers } from '../lab/servers';
import { startWorkerProcess } from '../lab/worker-processes';
import type { Measure, Say } from '../measure';
import { median, short } from '../measure';

const bigBytes = 500_000_000;
const tinyBytes = 16_044;
const mostAddedMb = 48;
const warmUps = 5;
const rounds = 2;

/** Resident memory of a worker process that carries a recording of 500 MB, over that of one that carries a tiny one. */
export async function measureMemory(servers: Servers, say: Say): Promise<Measure[]> {
  const bridge = await openBridge(servers, { name: 'memory', worker: false, portalBudget: false });
  const { portal } = servers.standIns;
  portal.control.set({ rateLimited: false });
  try {
    const peaks = { tiny: [] as number[], big: [] as number[] };
    for (let round = 0; round < rounds; round += 1) {
      peaks.tiny.push(await peakMb(servers, bridge, tinyBytes));
      peaks.big.push(await peakMb(servers, bridge, bigBytes));
      say(
        `round ${round + 1} of ${rounds}: ${short(peaks.tiny.at(-1)!, 0)} MB, with the big one ${short(peaks.big.at(-1)!, 0)} MB`,
      );
    }
    const [tiny, big] = [median(peaks.tiny), median(peaks.big)];
    return [
      {
        name: 'memory added by a recording of 500 MB',
        ours: `${short(big - tiny, 0)} MB`,
        goal: `< ${mostAddedMb} MB`,
        met: big - tiny < mostAddedMb,
        note: `peak of resident memory ${short(big, 0)} MB against ${short(tiny, 0)} MB with a recording of 16 kB, each in a fresh worker after ${warmUps} calls`,
      },
    ];
  } finally {
    await bridge.stop();
    portal.control.set({ rateLimited: true });
    await forgetCalls(servers.standIns);
  }
}

/** Megabytes that a fresh worker holds at most while it carries one call, after a few tiny ones. */
async function peakMb(servers: Servers, bridge: BenchBridge, bytes: number): Promise<number> {
  const { standIns } = servers;
  const carry = async (size: number): Promise<void> => {
    const call = await playCall(standIns, { bytes: size });
    const { workflowId } = await tellCall(bridge, standIns, call);
    // How many looks it took is not what counts here.
    await settled(bridge, workflowId, 5);
    const file = standIns.portal.control.files.at(-1);
    if (file?.bytes !== size) throw new Error(`The portal got ${file?.bytes} of ${size} bytes`);
  };
  // Our own budget counts these calls and a worker waits for it; every start begins with an empty bucket.
  await bridge.core.mongo.db().collection('budget').deleteMany({});
  const worker = await startWorkerProcess(bridge.env, servers.dir);
  try {
    for (let index = 0; index < warmUps; index += 1) await carry(tinyBytes);
    worker.takePeakRss();
    await carry(bytes);
    // The next sample comes with the process's next message.
    await new Promise((resolve) => setTimeout(resolve, 100));
    return worker.takePeakRss() / 1e6;
  } finally {
    await worker.stop();
    await forgetCalls(standIns);
  }
}
