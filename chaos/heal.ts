import { setTimeout as pause } from 'node:timers/promises';
import { generator } from '../simulators/common/random';
import { waitingInVain } from './checker';
import type { ExpectedCalls } from './collect';
import { listUnfinished } from './collect';
import type { CallToFind } from './evidence';
import type { ChaosLab } from './lab';
import { connection } from './office';
import { wholeCall } from './plan-calls';
import type { Sender } from './sender';

const reconcileEveryMs = 10_000;
const cleanEveryMs = 400;
export type Say = (text: string) => void;

/** Everything that was done is undone, and everything runs. */
async function faultsOff(lab: ChaosLab): Promise<void> {
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
  expected: ExpectedCalls,
  { limitMs, say, stopped }: { limitMs: number; say: Say; stopped: AbortSignal },
): Promise<Healing> {
  await faultsOff(lab);
  const healedAtMs = Date.now();
  const calls = expected.list();
  const inVain = waitingInVain(calls);
  const reconciled: Record<string, number> = {};
  let missing: string[] = [];
  let lookedMs = 0;
  while (Date.now() < healedAtMs + limitMs) {
    stopped.throwIfAborted();
    if (Date.now() - lookedMs > reconcileEveryMs) {
      lookedMs = Date.now();
      await reconcile(lab, reconciled, say);
      if (missing.length > 0) say(`not settled: ${missing.length}, the first ${missing[0]}`);
    }
    missing = unsettled(lab, calls);
    // Temporal has other things to do than to be asked while calls are missing anyway.
    if (missing.length === 0)
      missing = (await listUnfinished(lab, 'running'))
        .map(({ workflowId }) => workflowId)
        .filter((workflowId) => !inVain.has(workflowId));
    if (missing.length === 0) return { healedAtMs, tookMs: Date.now() - healedAtMs, reconciled, missing };
    await pause(500);
  }
  return { healedAtMs, tookMs: null, reconciled, missing };
}

async function reconcile(lab: ChaosLab, counts: Record<string, number>, say: Say): Promise<void> {
  try {
    const outcome = await lab.reconcile();
    for (const { what } of outcome.healed ?? []) counts[what] = (counts[what] ?? 0) + 1;
    const left: Record<string, number> = {};
    for (const { reason } of outcome.notHealed ?? []) left[reason] = (left[reason] ?? 0) + 1;
    const told = Object.entries(left).map(([reason, count]) => `${reason} ${count}`);
    say(`reconciled: ${outcome.healed?.length ?? 0} healed, left: ${told.join(', ') || 'none'}`);
  } catch (error) {
    say(`reconcile failed: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Calls without a row, or without their recording. */
function unsettled({ portal }: ChaosLab, calls: CallToFind[]): string[] {
  const rows = new Map(portal.control.statistics.map((row) => [row.externalCallId, row]));
  return calls
    .filter(({ untraceable }) => untraceable !== true)
    .filter(({ externalCallId, recordingSha256 }) => {
      const row = rows.get(externalCallId);
      return row === undefined || (recordingSha256 !== null && row.recordFileId === null);
    })
    .map(({ callId }) => callId);
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
