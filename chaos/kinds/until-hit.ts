import type { FaultRun } from './kind';

interface Switches<Options> {
  add(fault: Options): { id: number; hits: number; count?: number };
  remove(id: number): void;
}

/** Sets a fault of a stand-in until it has hit as often as it is to; answers how often it did. */
export async function untilHit<Options>(
  faults: Switches<Options>,
  options: Options,
  within: FaultRun['within'],
): Promise<number> {
  const set = faults.add(options);
  await within(() => set.hits >= (set.count ?? 1));
  faults.remove(set.id);
  return set.hits;
}
