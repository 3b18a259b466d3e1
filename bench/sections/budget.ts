import type { BenchBridge } from '../lab/bridge';
import { openBridge } from '../lab/bridge';
import { makeBacklog } from '../lab/backlog';
import { forgetCalls, playCall } from '../lab/played-call';
import { tellCall } from '../lab/run-call';
import type { Servers } from '../lab/servers';
import type { WorkerProcess } from '../lab/worker-processes';
import { startWorkerProcess } from '../lab/worker-processes';
import type { Measure, Say } from '../measure';
import { percentile, short } from '../measure';

/** The standard plan: what its bucket holds, and how many requests leak out a second. */
const plan = { threshold: 50, perSecond: 2 };
/** A recording costs two requests: the upload's address, and the upload. */
const requestsPerRecording = 2;
const wholeBacklog = 500;
const shortBacklog = 200;
const liveEveryMs = 4_000;
const longestMs = { full: 20 * 60_000, short: 5 * 60_000 };

/**
 * A backlog of recordings under the limits of the standard plan, worked off by two worker processes, while a call is
 * answered every four seconds: what live calls wait for register, how fast the backlog drains, how often the portal refuses.
 */
export async function measureBudget(servers: Servers, full: boolean, say: Say): Promise<Measure[]> {
  const count = full ? wholeBacklog : shortBacklog;
  const limitMs = full ? longestMs.full : longestMs.short;
  const { portal } = servers.standIns;
  const bridge = await openBridge(servers, { name: 'budget', worker: false, portalBudget: true });
  const undo: (() => Promise<void>)[] = [() => bridge.stop()];
  try {
    // Run time per method is another limit; here the rate alone must decide.
    const { costsSeconds } = portal.control.switches;
    portal.control.set({ costsSeconds: {} });
    undo.push(async () => portal.control.set({ costsSeconds }));
    for (let index = 0; index < 2; index += 1) {
      const worker: WorkerProcess = await startWorkerProcess(bridge.env, servers.dir);
      undo.push(() => worker.stop());
    }
    const backlog = await makeBacklog(servers, bridge, count);
    undo.push(() => backlog.stop());
    const before = { total: portal.control.requestCount(), refused: refusedOf(servers) };
    const startedMs = Date.now();
    await backlog.release();
    const live = liveCalls(servers, bridge);
    const drained = (): number => portal.control.files.length;
    while (drained() < count && Date.now() - startedMs < limitMs) {
      await new Promise((resolve) => setTimeout(resolve, 250));
      if ((Date.now() - startedMs) % 30_000 < 250)
        say(`${drained()} of ${count} attached after ${Math.round((Date.now() - startedMs) / 1000)} s`);
    }
    const seconds = (Date.now() - startedMs) / 1000;
    const done = drained();
    const total = portal.control.requestCount() - before.total;
    const refused = refusedOf(servers) - before.refused;
    const delaysMs = await live.stop();
    const others = total - requestsPerRecording * done;
    return judge({ count, done, seconds, total, refused, others, liveRequests: live.requests(), delaysMs });
  } finally {
    for (const step of undo.reverse()) await step();
    await forgetCalls(servers.standIns);
  }
}

interface Outcome {
  count: number;
  done: number;
  seconds: number;
  total: number;
  refused: number;
  others: number;
  liveRequests: number;
  delaysMs: number[];
}

function judge(outcome: Outcome): Measure[] {
  const { count, done, seconds, total, refused, others, liveRequests, delaysMs } = outcome;
  const allowed = (plan.threshold + plan.perSecond * seconds - liveRequests) / requestsPerRecording;
  const share = done / allowed;
  const p95 = percentile(delaysMs, 0.95);
  return [
    {
      name: `register of a live call beside ${count} recordings, p95`,
      ours: `${short(p95, 0)} ms`,
      goal: '≤ 2000 ms',
      met: p95 <= 2_000,
      note: `${delaysMs.length} calls, one every ${liveEveryMs / 1000} s, the slowest ${short(Math.max(...delaysMs), 0)} ms`,
    },
    {
      name: 'recordings drained',
      ours: `${short(done / seconds, 2)}/s`,
      baseline: `${short(allowed / seconds, 2)}/s`,
      ratio: share,
      goal: '≥ 0.90',
      met: share >= 0.9 && done === count,
      note:
        `${done} of ${count} in ${short(seconds, 0)} s; the baseline is all that the plan lets through in that time, ` +
        `its burst included, less the ${liveRequests} requests of live calls; ` +
        `${others - liveRequests} requests went to neither`,
    },
    {
      name: 'requests that the portal refused',
      ours: `${short((100 * refused) / total, 2)} %`,
      goal: '< 1 %',
      met: refused < total / 100,
      note: `${refused} of ${total}`,
    },
  ];
}

function refusedOf({ standIns }: Servers): number {
  return standIns.portal.control.requests().filter(({ status }) => status === 503 || status === 429).length;
}

/** Answers a call every few seconds and ends it; recordings of these calls never appear. */
function liveCalls(servers: Servers, bridge: BenchBridge): { requests(): number; stop(): Promise<number[]> } {
  const { portal } = servers.standIns;
  const delaysMs: number[] = [];
  const calls: Promise<void>[] = [];
  const lastId = portal.control.requests().at(-1)?.id ?? 0;
  let broken: unknown;
  const one = async (): Promise<void> => {
    const call = await playCall(servers.standIns, { recorded: false });
    const { registerDelayMs } = await tellCall(bridge, servers.standIns, call, 2_000);
    delaysMs.push(registerDelayMs);
  };
  const begin = (): void => void calls.push(one().catch((error: unknown) => (broken ??= error) as void));
  const timer = setInterval(begin, liveEveryMs);
  begin();
  return {
    requests: () =>
      portal.control
        .requests()
        .filter(({ id, method }) => id > lastId && /\.(register|finish|show|hide)$/.test(method)).length,
    stop: async () => {
      clearInterval(timer);
      await Promise.all(calls);
      if (broken !== undefined) throw broken;
      return delaysMs;
    },
  };
}
