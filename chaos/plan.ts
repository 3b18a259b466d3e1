import { generator } from '../simulators/common/random';
import type { FaultKind, Lane } from './kinds';
import { lanes } from './kinds';
import type { PlannedCall, SenderKind } from './plan-calls';
import { backgroundCalls, countSender, wholeCall } from './plan-calls';
import type { FaultOptions } from './plan-faults';
import { chooseFaults, isDense } from './plan-faults';

/** A fault and its time. */
export interface PlannedFault {
  /** Milliseconds from the start of the fault phase; later when the one before it in its lane takes longer. */
  atMs: number;
  kind: FaultKind;
  seed: number;
  /** A whole call that it will meet; null: there are others enough. */
  bait: PlannedCall | null;
}

/** Everything that is to happen in the fault phase. */
export interface Plan {
  lanes: Record<Lane, PlannedFault[]>;
  /** Calls that are no bait, in the order of their time. */
  calls: PlannedCall[];
  sender: Record<SenderKind, number>;
}

/** What a plan depends on. */
export interface PlanOptions extends FaultOptions {
  seed: number;
  /** Index of the first call. */
  from: number;
}

/** Even a small run has calls that no fault waits for. */
const leastOthers = 8;

/** The schedule of a run: the same seed, calls and minutes give the same one. */
export function makePlan(options: PlanOptions): Plan {
  const random = generator(options.seed);
  const lengthMs = options.minutes * 60_000;
  const needsBait = !isDense(options);
  const chosen = chooseFaults(options, random);
  let index = options.from;
  const planned = lanes.map((lane) => {
    const own = chosen[lane];
    return [
      lane,
      own.map((kind, at): PlannedFault => ({
        kind,
        atMs: Math.round((at / own.length) * lengthMs),
        seed: Math.floor(random() * 2 ** 31),
        bait: needsBait || kind.cast !== undefined ? { ...wholeCall(index++, random), ...kind.cast } : null,
      })),
    ] as const;
  });
  const count = Math.max(leastOthers, options.calls - (index - options.from));
  const calls = backgroundCalls({ from: index, count, lengthMs }, random);
  return {
    lanes: Object.fromEntries(planned) as Plan['lanes'],
    calls,
    sender: countSender(calls),
  };
}

/** The schedule for people, one line a fault. */
export function describePlan({ lanes: planned, calls, sender }: Plan): string {
  const clock = (atMs: number): string =>
    `${String(Math.floor(atMs / 60_000))}:${String(Math.floor(atMs / 1_000) % 60).padStart(2, '0')}`;
  const all = Object.values(planned).flat();
  const faults = all
    .sort((a, b) => a.atMs - b.atMs)
    .map(({ atMs, kind }) => `  ${clock(atMs)}  ${kind.lane.padEnd(10)}  ${kind.name} (${kind.matrix})`);
  const wrongs = Object.entries(sender).map(([kind, count]) => `${kind} ${count}`);
  const baits = all.filter(({ bait }) => bait !== null).length;
  return [
    ...faults,
    `  ${all.length} faults; ${baits} calls for them, ${calls.length} others, of the sender: ${wrongs.join(', ')}`,
  ].join('\n');
}
