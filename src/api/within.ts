/** Something did not answer in the time it was given; it may still do its work. */
class TookTooLong extends Error {
  override readonly name = 'TookTooLong';
}

/**
 * The result of `work`, or a rejection after `limitMs`. The work itself goes on: use it only where a late success does
 * no harm.
 *
 * @param who for the message: who did not answer.
 */
export async function within<T>(limitMs: number, work: Promise<T>, who: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const giveUp = (): void => reject(new TookTooLong(`${who} did not answer within ${limitMs} ms`));
    // After a busy moment timers run before what has already arrived is read: let that be read first.
    timer = setTimeout(() => setImmediate(giveUp), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    // When the time was over first, nobody else looks at the outcome.
    work.catch(() => undefined);
  }
}
