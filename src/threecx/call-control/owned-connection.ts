import type { Logger } from 'pino';
import type { CallEvent } from '../../domain/call-event';
import type { CallRef } from '../../domain/call-steps';
import type { Connection } from '../../domain/connection';
import { PeerError } from '../../domain/peer-error';
import { normaliseNumber } from '../../domain/phone-number';
import type { Store } from '../../store/contract';
import { CallKeeper } from './call-keeper';
import { CallTracker } from './call-tracker';
import { CallWatcher } from './call-watcher';
import type { PbxLine } from './pbx-line';
import { pauseMs, withinMs } from './waits';

const defaultGraceMs = 4_000;
const firstPauseMs = 500;
const longestPauseMs = 30_000;
/** A missing right or a wrong secret is not mended in seconds. */
const hopelessPauseMs = 60_000;
/** Every second without a socket is one in which calls go unseen: after one that was open the next comes soon. */
const longestBreakMs = 1_000;
/** A socket that lived that long was well: the next try comes at once. */
const healthyMs = 10_000;
const healthMs = 2_000;

export interface OwnedConnectionOptions {
  connection: Connection;
  /** Of our lease. */
  generation: number;
  line: PbxLine;
  store: Pick<Store, 'liveCalls' | 'claims' | 'calls' | 'health'>;
  deliver: (ref: CallRef, event: CallEvent) => Promise<void>;
  /** The socket is open and its calls are known, or not. */
  connected: (connected: boolean) => void;
  log: Logger;
  clock: () => Date;
  /** How long a call without phones may be on its way to the next one. Default 4 s. */
  graceMs?: number;
}

/** Watches one PBX for as long as this process owns it: reconnects by itself, later and later while it is of no use. */
export class OwnedConnection {
  private readonly stopping = new AbortController();
  private readonly keeper: CallKeeper;
  private running: Promise<void> | null = null;

  constructor(private readonly options: OwnedConnectionOptions) {
    const { connection, generation, store, deliver, log, clock } = options;
    this.keeper = new CallKeeper({
      connection: connection.id,
      generation,
      store,
      deliver,
      log,
      clock,
      lost: () => this.stopping.abort(),
    });
  }

  /** Begins to watch. */
  start(): void {
    this.running ??= this.run();
  }

  /** Whether it has given up, because somebody newer owns the connection. */
  get over(): boolean {
    return this.stopping.signal.aborted;
  }

  /** Ends; what was told is durable or kept for the next owner. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    await this.keeper.stop();
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    const tracker = await this.takeOver();
    let failures = 0;
    while (!signal.aborted && tracker !== null) {
      let openedAtMs: number | null = null;
      let error: unknown = null;
      const watcher = new CallWatcher({
        line: this.options.line,
        tracker,
        keeper: this.keeper,
        clock: this.options.clock,
      });
      try {
        await watcher.watch(signal, () => {
          openedAtMs = this.now();
          void this.report(null);
        });
      } catch (caught) {
        error = caught;
      }
      this.options.connected(false);
      if (signal.aborted) return;
      const wasWell = openedAtMs !== null && this.now() - openedAtMs >= healthyMs;
      failures = wasWell ? 0 : failures + 1;
      if (error !== null) await this.report(error);
      const pause = pauseAfter(error, failures);
      await pauseMs(error === null ? Math.min(pause, longestBreakMs) : pause, signal);
    }
  }

  /** What the last owner left; tried until MongoDB answers. Null: stopped meanwhile. */
  private async takeOver(): Promise<CallTracker | null> {
    const { connection, log } = this.options;
    while (!this.stopping.signal.aborted) {
      try {
        const calls = await this.keeper.load();
        return new CallTracker({
          graceMs: this.options.graceMs ?? defaultGraceMs,
          calls,
          normalise: (number) => normaliseNumber(number, connection.country).digits,
        });
      } catch (error) {
        log.warn({ err: error, connection: connection.id }, 'The live calls could not be read yet');
        await pauseMs(1_000, this.stopping.signal);
      }
    }
    return null;
  }

  /** Health and gauge of the connection; null: all is well. */
  private async report(error: unknown): Promise<void> {
    const { connection, store, log, connected } = this.options;
    const known = error instanceof PeerError ? error : null;
    if (error === null) {
      connected(true);
      log.info({ connection: connection.id }, 'Call Control is connected');
    } else if (known?.reason !== 'cancelled') {
      log.warn({ err: error, connection: connection.id }, 'Call Control is not connected');
    }
    const health =
      error === null
        ? { ok: true }
        : { ok: false, reason: known?.reason ?? 'failed', ...(known?.mend != null && { mend: known.mend }) };
    await withinMs(healthMs, store.health.report(connection.id, 'threecx', health)).catch(
      (cause: unknown) => {
        log.debug({ err: cause, connection: connection.id }, 'The health of the PBX was not noted');
      },
    );
  }

  private now(): number {
    return this.options.clock().getTime();
  }
}

/** Doubled each time, with a part by chance, so that several connections do not come at once. */
function pauseAfter(error: unknown, failures: number): number {
  const known = error instanceof PeerError ? error : null;
  const backOffMs = failures === 0 ? 0 : Math.min(firstPauseMs * 2 ** (failures - 1), longestPauseMs);
  const leastMs = known?.reaction === 'authorisation' ? hopelessPauseMs : (known?.retryAfterMs ?? 0);
  return Math.max(backOffMs, leastMs) * (0.75 + Math.random() / 2);
}
