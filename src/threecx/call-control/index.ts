import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { CallEvent } from '../../domain/call-event';
import type { CallRef } from '../../domain/call-steps';
import type { Connection } from '../../domain/connection';
import type { Store } from '../../store/contract';
import type { TokenOwner } from '../token-owner';
import type { PbxTransports } from '../transports';
import { OwnedConnection } from './owned-connection';
import { PbxLine } from './pbx-line';
import { pauseMs, withinMs } from './waits';

const leaseMs = 10_000;
const renewMs = 3_000;
const lookMs = 1_000;
const storeMs = 2_500;

export interface CallControlOptions {
  store: Pick<Store, 'leases' | 'liveCalls' | 'claims' | 'calls' | 'health'>;
  transports: PbxTransports;
  tokens: TokenOwner;
  /** All connections as they are now; looked at every second. */
  connections: () => readonly Connection[];
  /** Makes one event durable; rejects when it must be tried again. */
  deliver: (ref: CallRef, event: CallEvent) => Promise<void>;
  /** Whether this process watches the connection's calls now. */
  connected: (connection: string, connected: boolean) => void;
  log: Logger;
  clock: () => Date;
  /** How long a call without phones may be on its way to the next one. Default 4 s. */
  graceMs?: number;
}

interface Owned {
  /** What it was started with, to see changes. */
  settings: string;
  connection: OwnedConnection;
  renewedAtMs: number;
}

/**
 * Watches the calls of every connection with `callControl`, each in one process at a time: the one that holds its lease.
 * Any number of processes may run this; when one dies, another takes its connections over within `leaseMs`. Changed
 * connections are taken up and dropped without a restart.
 *
 * While MongoDB is away an owner goes on: nobody else can take the lease then, and if somebody did, both would tell the
 * same calls under the same keys or lose the claim.
 */
export class CallControl {
  private readonly owner = randomUUID();
  private readonly owned = new Map<string, Owned>();
  private readonly stopping = new AbortController();
  private running: Promise<void> | null = null;

  constructor(private readonly options: CallControlOptions) {}

  /** Begins to look for connections. */
  start(): void {
    this.running ??= this.loop();
  }

  /** Gives everything back, so that another process takes over at once. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    await Promise.all([...this.owned.keys()].map((id) => this.release(id)));
  }

  private async loop(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const wanted = this.options.connections().filter(({ threecx }) => threecx.callControl);
      const names = new Set(wanted.map(({ id }) => id));
      const leaving = [...this.owned.keys()].filter((id) => !names.has(id));
      await Promise.all([
        ...leaving.map((id) => this.release(id)),
        ...wanted.map((connection) => this.look(connection)),
      ]);
      await pauseMs(lookMs, signal);
    }
  }

  /** Takes, renews or gives up one connection. Never throws. */
  private async look(connection: Connection): Promise<void> {
    const settings = settingsOf(connection);
    const mine = this.owned.get(connection.id);
    if (mine !== undefined && (mine.connection.over || mine.settings !== settings))
      return this.release(connection.id);
    if (mine !== undefined && performance.now() - mine.renewedAtMs < renewMs) return;
    const { store, log } = this.options;
    try {
      const lease = await withinMs(storeMs, store.leases.take(keyOf(connection.id), this.owner, leaseMs));
      if (lease === null) return mine === undefined ? undefined : await this.release(connection.id);
      if (mine !== undefined) mine.renewedAtMs = performance.now();
      else this.own(connection, settings, lease.generation);
    } catch (error) {
      log.debug({ err: error, connection: connection.id }, 'The lease could not be asked for');
    }
  }

  private own(connection: Connection, settings: string, generation: number): void {
    const { store, transports, tokens, deliver, connected, log, clock, graceMs } = this.options;
    const owned = new OwnedConnection({
      connection,
      generation,
      line: new PbxLine(connection, transports, tokens),
      store,
      deliver,
      connected: (is) => connected(connection.id, is),
      log,
      clock,
      graceMs,
    });
    this.owned.set(connection.id, { settings, connection: owned, renewedAtMs: performance.now() });
    log.info({ connection: connection.id, generation }, 'This process watches the calls of the connection');
    owned.start();
  }

  private async release(id: string): Promise<void> {
    const { store, connected, log } = this.options;
    await this.owned.get(id)?.connection.stop();
    this.owned.delete(id);
    connected(id, false);
    await withinMs(storeMs, store.leases.release(keyOf(id), this.owner)).catch((error: unknown) => {
      log.debug({ err: error, connection: id }, 'The lease was not given back; it runs out by itself');
    });
  }
}

function keyOf(connection: string): string {
  return `call-control/${connection}`;
}

/** Whatever changes how the calls are watched. */
function settingsOf({ country, threecx: { baseUrl, auth, caCertificate } }: Connection): string {
  return JSON.stringify([country, baseUrl, auth, caCertificate]);
}
