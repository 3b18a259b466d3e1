import { shuffled } from '../simulators/common/random';
import type { FaultKind, Lane } from './kinds';
import { kinds, lanes, targets } from './kinds';

/** What the number and the choice of faults depends on. */
export interface FaultOptions {
  calls: number;
  minutes: number;
  /** Only kinds that are done in a few seconds, and so many of them. */
  slice: boolean;
  /** Faults too after which the bridge leaves the portal alone for up to a quarter of an hour. */
  longBlocks: boolean;
}

type PerLane = Record<Lane, number>;

/** Seconds from one fault to the next of its lane, when there are calls enough for all. */
const spacingS: PerLane = { kills: 20, hindrances: 24, portal: 6, pbx: 8, admin: 30 };
/** The same in a run so small that its faults need calls of their own; a kill with its restarts takes that long. */
const tightS: PerLane = { kills: 9, hindrances: 12, portal: 6, pbx: 8, admin: 12 };
/** Then so many faults to a call, and these shares of them. */
const faultsToACall = 0.7;
const laneShares: PerLane = { kills: 0.35, hindrances: 0.2, portal: 0.25, pbx: 0.15, admin: 0.05 };
/** The slice: forty faults. */
const inSlice: PerLane = { kills: 8, hindrances: 5, portal: 13, pbx: 11, admin: 3 };
/** From so many calls a minute on each fault finds a call without one of its own. */
const denseCallsPerMinute = 40;

/** Whether faults need no calls of their own. */
export function isDense({ calls, minutes }: { calls: number; minutes: number }): boolean {
  return calls / minutes >= denseCallsPerMinute;
}

/** The kinds of each lane in their order: each once before any comes twice, those that kill by their target in turn. */
export function chooseFaults(options: FaultOptions, random: () => number): Record<Lane, FaultKind[]> {
  const offered = kinds
    .filter(({ blocksLong }) => options.longBlocks || blocksLong !== true)
    .filter(({ quick }) => !options.slice || quick === true);
  const counts = countsOf(options);
  const chosen = lanes.map((lane) => {
    const own = offered.filter((kind) => kind.lane === lane);
    const next = lane === 'kills' ? inTurn(own, random) : cycle(own, random);
    return [lane, Array.from({ length: counts[lane] }, next)] as const;
  });
  return Object.fromEntries(chosen) as Record<Lane, FaultKind[]>;
}

function countsOf(options: FaultOptions): PerLane {
  if (options.slice) return inSlice;
  const seconds = options.minutes * 60;
  const dense = isDense(options);
  const count = (lane: Lane): number => {
    const inTime = Math.floor(seconds / (dense ? spacingS : tightS)[lane]);
    const most = dense ? Infinity : Math.round(options.calls * faultsToACall * laneShares[lane]);
    return Math.max(1, Math.min(inTime, most));
  };
  return Object.fromEntries(lanes.map((lane) => [lane, count(lane)])) as PerLane;
}

/** Draws each once, in random order, then all again. */
function cycle(own: FaultKind[], random: () => number): () => FaultKind {
  let left: FaultKind[] = [];
  return () => {
    if (left.length === 0) left = shuffled(own, random);
    return left.pop()!;
  };
}

/** Worker, API, Temporal, mongod, and again. */
function inTurn(own: FaultKind[], random: () => number): () => FaultKind {
  const cycles = targets.map((target) =>
    cycle(
      own.filter((kind) => kind.target === target),
      random,
    ),
  );
  let at = 0;
  return () => cycles[at++ % cycles.length]!();
}
