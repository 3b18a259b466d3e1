/**
 * Runs tasks of different keys side by side, a bounded number at a time, and those of one key in the order in which they
 * came. Tasks must not throw.
 */
export class KeyedQueue {
  private readonly lanes = new Map<string, (() => Promise<void>)[]>();
  private readonly waiting: string[] = [];
  private running = 0;
  private idlers: (() => void)[] = [];

  constructor(private readonly atOnce: number) {}

  /** Adds a task behind those of the same key. */
  push(key: string, task: () => Promise<void>): void {
    const lane = this.lanes.get(key);
    if (lane !== undefined) {
      lane.push(task);
      return;
    }
    this.lanes.set(key, [task]);
    this.waiting.push(key);
    this.fill();
  }

  /** Resolves when nothing runs or waits. */
  async idle(): Promise<void> {
    if (this.lanes.size === 0) return;
    await new Promise<void>((resolve) => this.idlers.push(resolve));
  }

  /** Forgets what has not begun. */
  clear(): void {
    for (const lane of this.lanes.values()) lane.length = 0;
  }

  private fill(): void {
    for (let key = this.next(); key !== undefined; key = this.next()) {
      this.running += 1;
      void this.run(key);
    }
  }

  private next(): string | undefined {
    return this.running < this.atOnce ? this.waiting.shift() : undefined;
  }

  private async run(key: string): Promise<void> {
    const lane = this.lanes.get(key) ?? [];
    for (let task = lane.shift(); task !== undefined; task = lane.shift()) await task();
    this.lanes.delete(key);
    this.running -= 1;
    this.fill();
    if (this.lanes.size === 0) for (const wake of this.idlers.splice(0)) wake();
  }
}
