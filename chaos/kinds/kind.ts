import type { ChaosLab } from '../lab';
import type { PlannedCall } from '../plan-calls';

/** Lanes run side by side, so that faults of one meet faults of the others; in one lane they follow each other. */
export const lanes = ['kills', 'hindrances', 'portal', 'pbx', 'admin'] as const;
export type Lane = (typeof lanes)[number];

/** Whose processes a fault of the lane `kills` ends: the lane takes them in turn. */
export const targets = ['worker', 'api', 'temporal', 'mongod'] as const;
export type Target = (typeof targets)[number];

/** What a fault may use. */
export interface FaultRun {
  lab: ChaosLab;
  /** Seeded for this one fault: the same seed draws the same numbers whatever else happens. */
  random: () => number;
  /** The call that was made for this fault; null: the calls of the run are many enough. */
  bait: PlannedCall | null;
  /** Resolves true when it holds before the fault's patience is over. */
  within(condition: () => boolean): Promise<boolean>;
}

/** One kind of fault, named after the fault matrix. */
export interface FaultKind {
  name: string;
  /** Row of the matrix, e.g. `F14`. */
  matrix: string;
  lane: Lane;
  /** What happens, for people. */
  what: string;
  /** Of the lane `kills`. */
  target?: Target;
  /** Done in a few seconds, so that the short slice has it. */
  quick?: true;
  /** It stops the portal's traffic for many minutes, by design: only planned when asked for. */
  blocksLong?: true;
  /** It needs a call of its own, like this. */
  cast?: Partial<PlannedCall>;
  /** Lets it happen and undoes it again; answers how often it really hit something. */
  run(run: FaultRun): Promise<number>;
}
