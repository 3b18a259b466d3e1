const basketMs = 60_000;
const windowMs = 10 * basketMs;
/** Executions of this length and shorter are not counted (reference section 3.2). */
const countedAboveSeconds = 0.1;

/** Sums the run time of each method per application or webhook in ten one-minute baskets. */
export class OperatingLimiter {
  private readonly baskets = new Map<string, Map<number, number>>();

  /** Seconds that the method has used in the last ten minutes. */
  used(key: string, nowMs: number): number {
    let sum = 0;
    for (const seconds of this.current(key, nowMs).values()) sum += seconds;
    return Math.round(sum * 1000) / 1000;
  }

  /** Adds one execution. */
  spend(key: string, seconds: number, nowMs: number): void {
    if (seconds <= countedAboveSeconds) return;
    const own = this.current(key, nowMs);
    const basket = Math.floor(nowMs / basketMs) * basketMs;
    own.set(basket, (own.get(basket) ?? 0) + seconds);
    this.baskets.set(key, own);
  }

  /** Unix seconds at which the oldest basket drops out. */
  resetAt(key: string, nowMs: number): number {
    const oldest = Math.min(...this.current(key, nowMs).keys(), Math.floor(nowMs / basketMs) * basketMs);
    return (oldest + windowMs) / 1000;
  }

  /** Forgets all run times. */
  reset(): void {
    this.baskets.clear();
  }

  private current(key: string, nowMs: number): Map<number, number> {
    const own = this.baskets.get(key) ?? new Map<number, number>();
    for (const basket of own.keys()) if (basket + windowMs <= nowMs) own.delete(basket);
    return own;
  }
}
