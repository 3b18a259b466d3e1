const windowMs = 60_000;
/** A misconfigured PBX must still read 401 and find its mistake; a guesser gets no further. */
const wrongPerWindow = 100;
const addressesKept = 10_000;

/** Counts wrong tokens by address. Only wrong tokens are ever slowed down by it, never a good one. */
export class WrongTokenLimit {
  private readonly counts = new Map<string, { wrong: number; until: number }>();

  constructor(private readonly now: () => number = Date.now) {}

  /** Whether one more wrong token would be too many. */
  isFlood(address: string): boolean {
    const known = this.counts.get(address);
    return known !== undefined && known.until > this.now() && known.wrong >= wrongPerWindow;
  }

  /** Counts one wrong token. @returns seconds to wait when there were too many, else null. */
  count(address: string): number | null {
    const now = this.now();
    const known = this.counts.get(address);
    const entry = known !== undefined && known.until > now ? known : { wrong: 0, until: now + windowMs };
    entry.wrong += 1;
    // Set anew, so that the first key of the map is the one seen longest ago.
    this.counts.delete(address);
    this.counts.set(address, entry);
    if (this.counts.size > addressesKept) this.counts.delete(this.counts.keys().next().value!);
    return entry.wrong > wrongPerWindow ? Math.max(1, Math.ceil((entry.until - now) / 1000)) : null;
  }
}
