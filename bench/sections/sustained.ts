import { openBridge } from '../lab/bridge';
import { forgetCalls, playCall } from '../lab/played-call';
import { settled, tellCall } from '../lab/run-call';
import type { Servers } from '../lab/servers';
import type { Measure, Say } from '../measure';
import { percentile, short } from '../measure';

const lengthMs = 60_000;
/** Calls a second that are tried, rising until they are no longer carried. */
const rates = [2, 3, 4, 6, 8, 10, 12, 14, 16];
/** A rate is tried for so long before the real run. */
const trialMs = 10_000;
/** Carried means: what came is over soon after the last call, and nobody waited long for register. */
const overMs = 5_000;
const slowestP95Ms = 1_000;
/** So many calls the stand-ins' lists may hold. */
const keptCalls = 200;

interface Run {
  rate: number;
  calls: number;
  delaysMs: number[];
  /** From the last call's end being told until the last recording was attached. */
  lagMs: number;
}

/** How many calls a second the embedded servers carry for a minute, everything on this machine, stand-ins included. */
export async function measureSustained(servers: Servers, say: Say): Promise<Measure[]> {
  const bridge = await openBridge(servers, { name: 'sustained', worker: true, portalBudget: false });
  const { portal, pbx } = servers.standIns;
  portal.control.set({ rateLimited: false, operatingLimitSeconds: Infinity, costsSeconds: {} });
  try {
    const carry = async (delaysMs: number[]): Promise<void> => {
      const call = await playCall(servers.standIns);
      // A log that grows without end would measure the stand-in.
      if (pbx.control.calls.length > 2 * keptCalls)
        pbx.control.calls.splice(0, pbx.control.calls.length - keptCalls);
      const { workflowId, registerDelayMs } = await tellCall(bridge, servers.standIns, call, 1_000);
      delaysMs.push(registerDelayMs);
      await settled(bridge, workflowId);
    };
    const run = (rate: number, forMs: number): Promise<Run> => atRate(rate, forMs, carry);
    await run(2, 5_000);
    let carried = rates[0]!;
    for (const rate of rates) {
      const trial = await run(rate, trialMs);
      say(`${rate}/s: ${isCarried(trial) ? 'carried' : 'too much'}, ${describe(trial)}`);
      if (!isCarried(trial)) break;
      carried = rate;
    }
    let last = await run(carried, lengthMs);
    // A short trial may have been lucky.
    for (const slower of rates.filter((rate) => rate < carried).reverse()) {
      if (isCarried(last)) break;
      say(`${last.rate}/s: too much for a minute, ${describe(last)}`);
      last = await run(slower, lengthMs);
    }
    return [
      {
        name: 'calls a second carried for a minute',
        ours: `${last.rate}/s`,
        note: `${last.calls} calls, ${describe(last)}; API, worker, stand-ins and servers share this machine${isCarried(last) ? '' : '; NOT carried well'}`,
      },
    ];
  } finally {
    await bridge.stop();
    portal.control.set({ rateLimited: true });
    await forgetCalls(servers.standIns);
  }
}

/** Starts calls at a steady pace, whatever becomes of the earlier ones. */
async function atRate(
  rate: number,
  forMs: number,
  carry: (delaysMs: number[]) => Promise<void>,
): Promise<Run> {
  const delaysMs: number[] = [];
  const calls: Promise<void>[] = [];
  const startedMs = performance.now();
  const count = Math.round((rate * forMs) / 1_000);
  for (let index = 0; index < count; index += 1) {
    const dueMs = startedMs + (index * 1_000) / rate - performance.now();
    if (dueMs > 0) await new Promise((resolve) => setTimeout(resolve, dueMs));
    const call = carry(delaysMs);
    call.catch(() => undefined);
    calls.push(call);
  }
  const lastToldMs = performance.now() + 1_000;
  await Promise.all(calls);
  return { rate, calls: count, delaysMs, lagMs: Math.max(0, performance.now() - lastToldMs) };
}

function isCarried({ delaysMs, lagMs }: Run): boolean {
  return lagMs <= overMs && percentile(delaysMs, 0.95) <= slowestP95Ms;
}

function describe({ delaysMs, lagMs }: Run): string {
  const [p50, p95] = [percentile(delaysMs, 0.5), percentile(delaysMs, 0.95)];
  return `register after ${short(p50, 0)} ms (p50), ${short(p95, 0)} ms (p95); all over ${short(lagMs, 0)} ms after the last end`;
}
