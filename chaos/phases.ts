import { setTimeout as pause } from 'node:timers/promises';
import { generator } from '../simulators/common/random';
import type { ReconcileOutcome } from '../src/domain/reconcile-steps';
import { expectedCalls, listWorkflows } from './collect';
import type { CallToFind } from './evidence';
import type { FaultRun, Lane } from './kinds';
import type { ChaosLab } from './lab';
import { connection } from './lab';
import type { Plan, PlannedFault } from './plan';
import { callerOf, wholeCall } from './plan';
import type { Sender } from './sender';

/** How long a fault waits for something to hit. */
const patienceMs = 60_000;
const reconcileEveryMs = 10_000;
const cleanEveryMs = 400;
/** Indices of calls that no plan has. */
const spareFrom = 9_000;

export type Say = (text: string) => void;

/** Hits by kind of the faults that were let loose. */
export type Hits = Record<string, number>;

/** Lets all faults and calls of the plan happen. */
export async function faultPhase(
  lab: ChaosLab,
  sender: Sender,
  plan: Plan,
  { say, stopped }: { say: Say; stopped: AbortSignal },
): Promise<Hits> {
  const hits: Hits = {};
  const startedMs = Date.now();
  const lane = async (name: Lane): Promise<void> => {
    for (const fault of plan.lanes[name]) {
      await pause(Math.max(0, startedMs + fault.atMs - Date.now()), undefined, { signal: stopped });
      const before = Date.now();
      const count = await letHappen(lab, sender, fault, stopped);
      hits[fault.kind.name] = (hits[fault.kind.name] ?? 0) + count;
      say(`${fault.kind.name}: ${count} hit(s) in ${((Date.now() - before) / 1000).toFixed(1)} s`);
    }
  };
  await Promise.all([lane('processes'), lane('peers'), sender.playAll(plan.calls, stopped)]);
  await sender.settled();
  await again(plan, hits, async (fault) => {
    const count = await letHappen(lab, sender, fault, stopped);
    hits[fault.kind.name] = count;
    say(`${fault.kind.name}, once more: ${count} hit(s)`);
  });
  return hits;
}

/** Faults whose call was held up by another fault until their patience was over get a call of their own. */
async function again(plan: Plan, hits: Hits, happen: (fault: PlannedFault) => Promise<void>): Promise<void> {
  const missed = Object.values(plan.lanes)
    .flat()
    .filter(({ kind }, index, all) => {
      const first = all.findIndex((one) => one.kind.name === kind.name) === index;
      return first && hits[kind.name] === 0;
    });
  for (const [index, fault] of missed.entries())
    await happen({ ...fault, bait: { ...fault.bait, caller: callerOf(spareFrom + index) } });
}

async function letHappen(
  lab: ChaosLab,
  sender: Sender,
  { kind, seed, bait }: PlannedFault,
  stopped: AbortSignal,
): Promise<number> {
  const until = Date.now() + patienceMs;
  const within: FaultRun['within'] = async (condition) => {
    while (!condition()) {
      stopped.throwIfAborted();
      if (Date.now() > until) return false;
      await pause(20);
    }
    return true;
  };
  const [hits] = await Promise.all([kind.run({ lab, random: generator(seed), within }), sender.play(bait)]);
  return hits;
}

/** How the healing went. */
export interface Healing {
  healedAtMs: number;
  /** Null: not everything settled in time. */
  tookMs: number | null;
  reconciled: Record<string, number>;
  missing: string[];
}

/** All faults off, everything running, reconciled; waits until every call is settled. */
export async function heal(
  lab: ChaosLab,
  sender: Sender,
  { limitMs, say, stopped }: { limitMs: number; say: Say; stopped: AbortSignal },
): Promise<Healing> {
  lab.portal.control.faults.clear();
  lab.pbx.control.faults.clear();
  for (const edge of Object.values(lab.edges)) await edge.set({ kind: 'pass' });
  for (const server of ['temporal', 'mongod'] as const) {
    lab.servers[server].kill('SIGCONT');
    await lab.servers.restart(server);
  }
  for (const slot of lab.slots) {
    slot.signal('SIGCONT');
    slot.up();
  }
  await lab.allReady();
  const healedAtMs = Date.now();
  const calls = expectedCalls(lab, sender);
  const reconciled: Record<string, number> = {};
  let missing: string[] = [];
  let lookedMs = 0;
  while (Date.now() < healedAtMs + limitMs) {
    stopped.throwIfAborted();
    if (Date.now() - lookedMs > reconcileEveryMs) {
      lookedMs = Date.now();
      await reconcile(lab, reconciled, say);
    }
    missing = [...unsettled(lab, calls), ...(await openWorkflows(lab))];
    if (missing.length === 0) return { healedAtMs, tookMs: Date.now() - healedAtMs, reconciled, missing };
    await pause(500);
  }
  return { healedAtMs, tookMs: null, reconciled, missing };
}

async function reconcile(lab: ChaosLab, counts: Record<string, number>, say: Say): Promise<void> {
  try {
    const outcome = await lab.admin<Partial<ReconcileOutcome>>('POST', `connections/${connection}/reconcile`);
    for (const { what } of outcome.healed ?? []) counts[what] = (counts[what] ?? 0) + 1;
    const left = (outcome.notHealed ?? []).map(({ reason }) => reason);
    say(`reconciled: ${outcome.healed?.length ?? 0} healed, left: ${left.join(', ') || 'none'}`);
  } catch (error) {
    say(`reconcile failed: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Calls without a row, or without their recording. */
function unsettled({ portal }: ChaosLab, calls: CallToFind[]): string[] {
  const rows = new Map(portal.control.statistics.map((row) => [row.externalCallId, row]));
  return calls
    .filter(({ externalCallId, recordingSha256 }) => {
      const row = rows.get(externalCallId);
      return row === undefined || (recordingSha256 !== null && row.recordFileId === null);
    })
    .map(({ callId }) => callId);
}

async function openWorkflows(lab: ChaosLab): Promise<string[]> {
  const workflows = await listWorkflows(lab);
  return workflows.filter(({ status }) => status === 'RUNNING').map(({ workflowId }) => workflowId);
}

/** Plays calls without any fault; answers how long the slowest took to be finished, milliseconds. */
export async function cleanCalls(
  lab: ChaosLab,
  sender: Sender,
  options: { from: number; count: number; seed: number; limitMs: number; stopped: AbortSignal },
): Promise<number> {
  const random = generator(options.seed);
  const one = async (index: number): Promise<number> => {
    await pause(index * cleanEveryMs, undefined, { signal: options.stopped });
    const [call] = await sender.play({ ...wholeCall(options.from + index, random), speed: Infinity }, true);
    const startedMs = Date.now();
    const until = startedMs + options.limitMs;
    const external = `${connection}/${call!.callId}`;
    const isWhole = (): boolean =>
      lab.portal.control.statistics.some(
        ({ externalCallId, recordFileId }) => externalCallId === external && recordFileId !== null,
      );
    for (;;) {
      options.stopped.throwIfAborted();
      if (isWhole()) return Date.now() - startedMs;
      if (Date.now() > until) return options.limitMs;
      await pause(50);
    }
  };
  return Math.max(...(await Promise.all(Array.from({ length: options.count }, (_, index) => one(index)))));
}
