/** Does `count` pieces of work, `width` of them at a time. The first failure ends it, once what is in flight is done. */
export async function inFlight(
  count: number,
  width: number,
  work: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  let failed = false;
  const lane = async (): Promise<void> => {
    while (next < count && !failed) {
      const index = next;
      next += 1;
      try {
        await work(index);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: Math.min(width, count) }, lane));
  const broken = lanes.find((one) => one.status === 'rejected');
  if (broken !== undefined) throw broken.reason;
}

/** Ways that are compared, in another order in every second block, so that none is always the first. */
export function inTurn<W>(ways: readonly W[], block: number): W[] {
  return block % 2 === 0 ? [...ways] : [...ways].reverse();
}

/** Milliseconds that some work takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}
