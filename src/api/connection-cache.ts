import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '../domain/connection';
import type { ConnectionRepository } from '../store';
import { within } from './within';

const refreshEveryMs = 1_000;
/** A name that is not known costs at most one look-up in this time, whoever asks and how often. */
const lookUpEveryMs = 250;
const lookUpMs = 500;

/**
 * All connections in memory, so that a webhook waits for no database and is answered while MongoDB is away. Changes
 * made by this process are there at once (`refresh`), those of other processes within a second.
 */
export class ConnectionCache {
  private connections: ReadonlyMap<string, Connection> | null = null;
  private running: Promise<void> | null = null;
  private queued: Promise<void> | null = null;
  /** A read that has not begun yet; whoever asks until then shares it. */
  private anew: Promise<void> | null = null;
  private lastStartedAt = 0;
  private timer: NodeJS.Timeout | null = null;

  constructor(private readonly repository: Pick<ConnectionRepository, 'all'>) {}

  /** Loads everything once and keeps it fresh in the background. @throws when MongoDB does not answer. */
  async start(): Promise<void> {
    await this.refresh();
    this.tick();
  }

  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  /** As last read; null: unknown so far, see `find`. */
  get(id: string): Connection | null {
    return this.connections?.get(id) ?? null;
  }

  /** All of them as last read. */
  all(): Connection[] {
    return [...(this.connections?.values() ?? [])];
  }

  /** Whether the connections were ever read; before that, "unknown" means nothing. */
  get loaded(): boolean {
    return this.connections !== null;
  }

  /** As last read; an unknown name is looked up once, in bounded time and number. Never throws. */
  async find(id: string): Promise<Connection | null> {
    return this.get(id) ?? (await this.findAgain(id));
  }

  /** Looks anew, unless somebody did a moment ago: another process may have changed it. Never throws. */
  async findAgain(id: string): Promise<Connection | null> {
    if (this.running !== null || Date.now() - this.lastStartedAt >= lookUpEveryMs)
      await within(lookUpMs, this.running ?? this.refresh(), 'the database').catch(() => undefined);
    return this.get(id);
  }

  /** By a read that begins now or, so that they stay few, a moment later: nothing changed before this call is missed. Never throws. */
  async findAnew(id: string): Promise<Connection | null> {
    this.anew ??= this.readSoon();
    await within(lookUpMs, this.anew, 'the database').catch(() => undefined);
    return this.get(id);
  }

  private async readSoon(): Promise<void> {
    await sleep(Math.max(0, this.lastStartedAt + lookUpEveryMs - Date.now()));
    this.anew = null;
    await this.refresh();
  }

  /** Reads everything now. A read that began before this call does not count: it may not see the change. */
  async refresh(): Promise<void> {
    if (this.running === null) return this.read();
    this.queued ??= this.running
      .catch(() => undefined)
      .then(() => {
        this.queued = null;
        return this.read();
      });
    return this.queued;
  }

  private read(): Promise<void> {
    this.lastStartedAt = Date.now();
    this.running = this.repository
      .all()
      .then((all) => {
        this.connections = new Map(all.map((connection) => [connection.id, connection]));
      })
      .finally(() => {
        this.running = null;
      });
    return this.running;
  }

  private tick(): void {
    this.timer = setTimeout(() => {
      // While MongoDB is away the last good copy stays in use.
      void this.refresh()
        .catch(() => undefined)
        .finally(() => {
          if (this.timer !== null) this.tick();
        });
    }, refreshEveryMs).unref();
  }
}
