import { bareEvent } from '../bare/workflows';
import type { BareWorker } from '../bare/start-bare-worker';
import { bareQueue, startBareWorker } from '../bare/start-bare-worker';
import type { BenchBridge } from '../lab/bridge';
import { openBridge } from '../lab/bridge';
import { inFlight, inTurn, timed } from '../lab/in-flight';
import { forgetCalls, playCall } from '../lab/played-call';
import { registered, settled, tellCall } from '../lab/run-call';
import type { Servers } from '../lab/servers';
import type { Measure, Say } from '../measure';
import { median, short } from '../measure';

const blocks = 9;
const callsPerBlock = 60;
const width = 30;
const talkS = 10;

/**
 * Whole calls a second (answered, ended, recording there at the first look), against a bare workflow with two signals whose
 * three activities make the same requests to the same stand-ins. Everything runs in this process.
 */
export async function measureCalls(servers: Servers, say: Say): Promise<Measure[]> {
  const bridge = await openBridge(servers, { name: 'calls', worker: true, portalBudget: false });
  const { portal } = servers.standIns;
  portal.control.set({ rateLimited: false, operatingLimitSeconds: Infinity, costsSeconds: {} });
  let bare: BareWorker | null = null;
  try {
    bare = await startBareWorker(servers);
    const ways = { ours: () => ourCall(servers, bridge), bare: bareCall(servers, bare) };
    for (const whole of Object.values(ways)) await inFlight(width, width, whole);
    const rates = { ours: [] as number[], bare: [] as number[] };
    for (let block = 0; block < blocks; block += 1) {
      for (const way of inTurn(['ours', 'bare'] as const, block)) {
        await forgetCalls(servers.standIns);
        const tookMs = await timed(() => inFlight(callsPerBlock, width, ways[way]));
        rates[way].push((callsPerBlock * 1_000) / tookMs);
      }
      say(
        `block ${block + 1} of ${blocks}: ${short(rates.ours.at(-1)!)}/s, bare ${short(rates.bare.at(-1)!)}/s`,
      );
    }
    return [compare(rates)];
  } finally {
    await bare?.stop();
    await bridge.stop();
    portal.control.set({ rateLimited: true });
    await forgetCalls(servers.standIns);
  }
}

async function ourCall(servers: Servers, bridge: BenchBridge): Promise<void> {
  const call = await playCall(servers.standIns, { talkS });
  const { workflowId } = await tellCall(bridge, servers.standIns, call);
  await settled(bridge, workflowId);
}

function bareCall({ standIns }: Servers, { client }: BareWorker): () => Promise<void> {
  return async () => {
    const { answered, ended, ...call } = await playCall(standIns, { talkS });
    const workflowId = `bare/${call.callId}`;
    const handle = await client.workflow.signalWithStart('bare', {
      workflowId,
      taskQueue: bareQueue,
      args: [call],
      signal: bareEvent,
      signalArgs: [{ event: 'call-answered', ...answered }],
    });
    await registered(standIns, call.callId);
    await handle.signal(bareEvent, { event: 'call-ended', ...ended });
    await client.workflow.getHandle(workflowId).result();
  };
}

function compare(rates: { ours: number[]; bare: number[] }): Measure {
  const ratio = median(rates.ours.map((ours, block) => ours / rates.bare[block]!));
  const range = (values: number[]): string =>
    `${short(Math.min(...values))} to ${short(Math.max(...values))}/s`;
  return {
    name: `whole calls, ${width} in flight`,
    ours: `${short(median(rates.ours))}/s`,
    baseline: `${short(median(rates.bare))}/s`,
    ratio,
    goal: '≥ 0.50',
    met: ratio >= 0.5,
    note: `${blocks} blocks of ${callsPerBlock}: ${range(rates.ours)} against ${range(rates.bare)}; the ratio is the median of the blocks’`,
  };
}
