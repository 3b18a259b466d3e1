/** Milliseconds that a `Retry-After` header in seconds asks for, at most an hour; undefined without one. */
export function retryAfterMs(headers: Record<string, string | string[] | undefined>): number | undefined {
  const seconds = Number(headers['retry-after']);
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 3_600) * 1000 : undefined;
}
