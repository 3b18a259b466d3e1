import type { ChaosLab } from '../lab';

/** Two lanes run side by side, so that faults of one meet faults of the other. */
export type Lane = 'processes' | 'peers';

/** What a fault may use. */
export interface FaultRun {
  lab: ChaosLab;
  /** Seeded for this one fault: the same seed draws the same numbers whatever else happens. */
  random: () => number;
  /** Resolves true when it holds before the fault's patience is over. */
  within(condition: () => boolean): Promise<boolean>;
}

/** One kind of fault, named after the fault matrix. */
export interface FaultKind {
  name: string;
  /** Row of the matrix, e.g. `F14`. */
  matrix: string;
  lane: Lane;
  /** It stops the portal's traffic for many minutes, by design: only planned when asked for. */
  blocksLong?: true;
  /** Lets it happen and undoes it again; answers how often it really hit something. */
  run(run: FaultRun): Promise<number>;
}

/** A fault of the lane `processes`. */
export function processFault(name: string, matrix: string, run: FaultKind['run']): FaultKind {
  return { name, matrix, lane: 'processes', run };
}
