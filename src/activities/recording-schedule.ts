/** Seconds to wait after the first, second, … look for a recording (3cx.md section 4.5); the last one repeats. */
const waitsSeconds = [5, 10, 30, 60, 120, 300, 600, 1_800];

/**
 * When to look for a recording again.
 *
 * @param attempt number of the look that found nothing, counted from 1.
 * @param leftMs time until the deadline: the last look falls on it.
 * @param retryAfterMs what a peer asked for; never shortened by `timeScale`.
 */
export function lookAgainAfterMs(
  attempt: number,
  leftMs: number,
  { timeScale, retryAfterMs }: { timeScale: number; retryAfterMs: number | null },
): number {
  const seconds = waitsSeconds[Math.min(attempt, waitsSeconds.length) - 1] ?? 0;
  const waitMs = Math.max((seconds * 1000) / timeScale, retryAfterMs ?? 0);
  return Math.max(1, Math.round(Math.min(waitMs, leftMs)));
}
