import type { Logger } from 'pino';
import type { CallEvent } from '../../domain/call-event';
import { workflowIdFor } from '../../domain/call-id';
import type { CallRef } from '../../domain/call-steps';
import type { Store } from '../../store/contract';
import type { TrackerNews } from './call-tracker';
import type { TrackedCall } from './tracked-call';
import { pauseMs, withinMs } from './waits';

/** How long a live event waits for the database before it goes to Temporal all the same. */
const storeMs = 1_500;
const retryMs = 1_000;
/** Looks at the ledger after the end, until the call is written or joined to another. */
const lookAfterMs = [2_000, 5_000, 15_000, 30_000, 60_000];
const lookForMs = 24 * 3_600_000;

export interface CallKeeperOptions {
  connection: string;
  /** Of our lease: an older owner's writes are refused. */
  generation: number;
  store: Pick<Store, 'liveCalls' | 'claims' | 'calls'>;
  /** Resolves when the event is durable; rejects when it must be tried again. Twice is the same as once. */
  deliver: (ref: CallRef, event: CallEvent) => Promise<void>;
  log: Logger;
  clock: () => Date;
  /** Somebody with a newer lease has written: this owner must stop. */
  lost: () => void;
}

/** One call with everything that was told of it. */
interface KeptCall {
  call: TrackedCall;
  /** Under which the workflow runs; null: not asked yet. */
  callId: string | null;
  events: CallEvent[];
  /** How many of the events are durable under `callId`. */
  sent: number;
  /** Since when nothing more is expected; null: the call goes on. */
  endedAtMs: number | null;
}

/**
 * Brings the events of each call into its workflow, one after the other, and keeps the call in the store, so that the next
 * owner goes on where this one stopped: first the call with its events is saved, then they are delivered. What was
 * delivered and not noted is delivered again; the delivery keys are the same.
 *
 * Another source may tell the same call under its history id. The call is then told under the id that claimed it first:
 * looked up before the first event, and again until it is written, because both may have begun at once.
 */
export class CallKeeper {
  private readonly kept = new Map<string, KeptCall>();
  private readonly busy = new Map<string, Promise<void>>();
  private readonly changed = new Set<string>();
  private readonly wakers = new Map<string, () => void>();
  private readonly stopping = new AbortController();

  constructor(private readonly options: CallKeeperOptions) {}

  /** Loads what the last owner left and goes on with it; the answer are the calls that are not over. */
  async load(): Promise<TrackedCall[]> {
    const rows = await this.options.store.liveCalls.all(this.options.connection);
    for (const { key, state } of rows) {
      const kept = JSON.parse(state) as KeptCall;
      this.kept.set(key, kept);
      this.wake(key);
    }
    return [...this.kept.values()].filter(({ endedAtMs }) => endedAtMs === null).map(({ call }) => call);
  }

  /** Takes what the tracker tells of one call. */
  take({ call, events }: TrackerNews): void {
    const kept = this.kept.get(call.id) ?? { call, callId: null, events: [], sent: 0, endedAtMs: null };
    this.kept.set(call.id, kept);
    kept.call = call;
    kept.events.push(...events);
    const isOver = Object.keys(call.phones).length === 0 && events.at(-1)?.event === 'call-ended';
    kept.endedAtMs = isOver ? this.now() : Object.keys(call.phones).length > 0 ? null : kept.endedAtMs;
    this.changed.add(call.id);
    this.wake(call.id);
  }

  /** Calls that are kept, those included that wait to be written. */
  get size(): number {
    return this.kept.size;
  }

  /** Ends after what is under way; what is left is in the store. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.busy.values());
    // What was delivered is noted, so that the next owner need not tell it again.
    await Promise.all([...this.kept].map(([key, kept]) => this.save(key, kept)));
  }

  private wake(key: string): void {
    this.wakers.get(key)?.();
    if (this.busy.has(key) || this.stopping.signal.aborted) return;
    const lane = this.run(key).finally(() => {
      this.busy.delete(key);
      if (this.changed.has(key)) this.wake(key);
    });
    this.busy.set(key, lane);
  }

  /** Works through one call until nothing is left to do. Never throws. */
  private async run(key: string): Promise<void> {
    const kept = this.kept.get(key);
    if (kept === undefined) return;
    const { signal } = this.stopping;
    for (let look = 0; !signal.aborted;) {
      if (this.changed.delete(key)) await this.save(key, kept);
      if (kept.sent < kept.events.length) {
        if (!(await this.sendNext(kept))) await pauseMs(retryMs, signal);
        continue;
      }
      if (this.changed.has(key)) continue;
      if (kept.endedAtMs === null) return;
      await this.waitForNews(key, lookAfterMs[Math.min(look, lookAfterMs.length - 1)] ?? 0);
      look += 1;
      if (!this.changed.has(key) && (await this.isSettled(kept)) && !this.changed.has(key))
        return await this.forget(key);
    }
  }

  private async waitForNews(key: string, ms: number): Promise<void> {
    const news = new AbortController();
    this.wakers.set(key, () => news.abort());
    await pauseMs(ms, AbortSignal.any([news.signal, this.stopping.signal]));
    this.wakers.delete(key);
  }

  private async save(key: string, kept: KeptCall): Promise<void> {
    const { connection, generation, store, log, lost } = this.options;
    try {
      const saved = await withinMs(
        storeMs,
        store.liveCalls.save(connection, key, JSON.stringify(kept), generation),
      );
      if (!saved) lost();
    } catch (error) {
      log.warn({ err: error, connection }, 'A live call was not kept; its events go on');
    }
  }

  private async sendNext(kept: KeptCall): Promise<boolean> {
    const { connection, deliver, log } = this.options;
    await this.findId(kept);
    const event = kept.events[kept.sent];
    if (event === undefined || this.stopping.signal.aborted) return true;
    const callId = kept.callId ?? kept.call.id;
    try {
      await deliver({ connection, callId, workflowId: workflowIdFor(connection, callId) }, event);
      kept.sent += 1;
      return true;
    } catch (error) {
      log.warn({ err: error, connection, callId, event: event.event }, 'An event of Call Control waits');
      return false;
    }
  }

  /** Under which id the call is told; best effort, because a database that is away must not hold a live call. */
  private async findId(kept: KeptCall): Promise<void> {
    const { connection, store } = this.options;
    const { call, callId } = kept;
    const found = await withinMs(
      storeMs,
      callId === null
        ? store.claims.claimedAs(
            connection,
            call.callNumbers[0] ?? 0,
            new Date(call.startedAtMs).toISOString(),
          )
        : store.claims.survivorOf(connection, callId),
    ).catch(() => null);
    if (found === null) kept.callId ??= call.id;
    else this.moveTo(kept, found);
  }

  /** From its first event on, for the other call may know of nothing but its start. */
  private moveTo(kept: KeptCall, callId: string): void {
    if (kept.callId === callId) return;
    kept.callId = callId;
    kept.sent = 0;
    this.changed.add(kept.call.id);
  }

  /** Whether the call is written, under its own id or another. */
  private async isSettled(kept: KeptCall): Promise<boolean> {
    const { connection, store } = this.options;
    if (this.now() - (kept.endedAtMs ?? 0) > lookForMs) return true;
    const callId = kept.callId ?? kept.call.id;
    try {
      const survivor = await store.claims.survivorOf(connection, callId);
      if (survivor === null) return ((await store.calls.get(connection, callId))?.state ?? 'open') !== 'open';
      // One that is written already knows all it needs: telling it again would only mark it.
      if (((await store.calls.get(connection, survivor))?.state ?? 'open') !== 'open') return true;
      this.moveTo(kept, survivor);
      return false;
    } catch {
      return false;
    }
  }

  private async forget(key: string): Promise<void> {
    const { connection, generation, store, log } = this.options;
    this.kept.delete(key);
    await store.liveCalls.delete(connection, key, generation).catch((error: unknown) => {
      log.debug({ err: error, connection }, 'A live call that is over was left in the store');
    });
  }

  private now(): number {
    return this.options.clock().getTime();
  }
}
