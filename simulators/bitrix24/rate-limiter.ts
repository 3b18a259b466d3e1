import type { Switches } from './switches';

/** The leaky bucket by plan: how many requests it holds and how many leak out a second (reference section 3.1). */
const buckets = {
  standard: { threshold: 50, leakPerSecond: 2 },
  enterprise: { threshold: 250, leakPerSecond: 5 },
} as const;

/** Counts requests per source address; leaks continuously. A refused request is not counted. */
export class RateLimiter {
  private readonly levels = new Map<string, { level: number; atMs: number }>();

  /** Takes one request in; false: refuse it with 503 QUERY_LIMIT_EXCEEDED. */
  take(source: string, plan: Switches['plan'], nowMs: number): boolean {
    const { threshold, leakPerSecond } = buckets[plan];
    const last = this.levels.get(source) ?? { level: 0, atMs: nowMs };
    const leaked = (Math.max(0, nowMs - last.atMs) / 1000) * leakPerSecond;
    const level = Math.max(0, last.level - leaked);
    const admitted = level + 1 <= threshold;
    this.levels.set(source, { level: admitted ? level + 1 : level, atMs: nowMs });
    return admitted;
  }

  /** Empties every bucket. */
  reset(): void {
    this.levels.clear();
  }
}
