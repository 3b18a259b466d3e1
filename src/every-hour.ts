const hourMs = 3_600_000;

/**
 * Does something now and every hour, one round after the other, without keeping the process alive.
 *
 * @param round never rejects.
 * @returns stops it, when the round that goes on is over.
 */
export function everyHour(round: () => Promise<void>): () => Promise<void> {
  let running = round();
  const timer = setInterval(() => {
    running = running.then(round);
  }, hourMs).unref();
  return async () => {
    clearInterval(timer);
    await running;
  };
}
