/** Tells whoever waits that a stand-in's state has changed. */
export class Changes {
  private readonly listeners = new Set<() => void>();

  /** Wakes every waiter so that it looks again. */
  notify(): void {
    for (const listener of [...this.listeners]) listener();
  }

  /**
   * Resolves with the first truthy answer of `look`, asked now and after each change.
   *
   * @param timeoutMs real milliseconds; the rejection tells `what` and the summary of the moment.
   */
  waitFor<T>(
    look: () => T | undefined | null | false,
    timeoutMs: number,
    what: string,
    summary: () => string,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        this.listeners.delete(listener);
        act();
      };
      const listener = (): void => {
        try {
          const found = look();
          if (found) settle(() => resolve(found));
        } catch (error) {
          settle(() => reject(error instanceof Error ? error : new Error(String(error))));
        }
      };
      const timer = setTimeout(
        () => settle(() => reject(new Error(`Not in ${timeoutMs} ms: ${what} (${summary()})`))),
        timeoutMs,
      );
      this.listeners.add(listener);
      listener();
    });
  }
}
