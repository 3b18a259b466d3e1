import type { RequestView } from '../domain/call-view';

const everyMs = 500;
/** Beyond it the oldest lines are dropped: the database has been away for long. */
const mostWaiting = 2_000;

/** Lines of one call, in the order in which they came. */
export interface LinesOfCall {
  connection: string;
  callId: string;
  lines: RequestView[];
}

/**
 * Collects the request lines of calls. Most go with the next write of their call's row, the rest of half a second is
 * written at once. They are for people to read, and the steps that they come from neither wait for them nor fail with them.
 */
export class RequestLines {
  private waiting = new Map<string, LinesOfCall>();
  private count = 0;
  private readonly onTheirWay = new Set<ReadonlyMap<string, LinesOfCall>>();
  private timer: NodeJS.Timeout | null = null;
  private writing: Promise<void> = Promise.resolve();

  constructor(private readonly write: (calls: LinesOfCall[]) => Promise<void>) {}

  /** Never fails; written soon, or lost with the process. */
  add(connection: string, callId: string, line: RequestView): void {
    const key = `${connection}/${callId}`;
    const call = this.waiting.get(key) ?? { connection, callId, lines: [] };
    call.lines.push(line);
    this.waiting.set(key, call);
    this.count += 1;
    if (this.count > mostWaiting) this.dropOldest();
    this.timer ??= setTimeout(() => void this.flush(), everyMs).unref();
  }

  /**
   * The waiting lines of one call, for who writes its row anyway. None while earlier ones are on their way: lines keep their
   * order.
   */
  take(connection: string, callId: string): RequestView[] {
    const key = `${connection}/${callId}`;
    const lines = this.isOnItsWay(key) ? undefined : this.waiting.get(key)?.lines;
    if (lines === undefined) return [];
    this.waiting.delete(key);
    this.count -= lines.length;
    return lines;
  }

  /** Resolves when all that was added so far is written, or could not be. */
  flush(): Promise<void> {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    if (this.waiting.size === 0) return this.writing;
    const calls = this.waiting;
    this.waiting = new Map();
    this.count = 0;
    this.onTheirWay.add(calls);
    this.writing = this.writing
      .then(() => this.write([...calls.values()]))
      .catch(() => undefined)
      .finally(() => this.onTheirWay.delete(calls));
    return this.writing;
  }

  /** As {@link flush}, if there is anything of this call. */
  async flushFor(connection: string, callId: string): Promise<void> {
    const key = `${connection}/${callId}`;
    if (this.waiting.has(key)) await this.flush();
    else if (this.isOnItsWay(key)) await this.writing;
  }

  private isOnItsWay(key: string): boolean {
    return [...this.onTheirWay].some((calls) => calls.has(key));
  }

  private dropOldest(): void {
    const [oldest] = this.waiting;
    if (oldest === undefined) return;
    this.waiting.delete(oldest[0]);
    this.count -= oldest[1].lines.length;
  }
}
