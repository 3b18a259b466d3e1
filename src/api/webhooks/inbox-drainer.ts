import { randomUUID } from 'node:crypto';
import type { InboxItem } from '../../store';
import { TemporalUnreachable } from '../call-gateway';
import type { ApiDependencies } from '../dependencies';
import { InboxDelivery } from './inbox-delivery';

const pollMs = 500;
const leaseMs = 60_000;
const itemsAtOnce = 50;
/** Few, so that what waits already never crowds out what comes in. */
const callsAtOnce = 4;
const upMs = 1_000;
const firstDelayMs = 500;
const longestDelayMs = 30_000;

type Needed = Pick<
  ApiDependencies,
  'store' | 'calls' | 'connections' | 'log' | 'metrics' | 'settings' | 'clock'
>;

/**
 * Brings the events of the inbox into their workflows as soon as Temporal answers. Any number of processes may drain one inbox:
 * items are leased, and an item whose process died comes up again; delivering twice does no harm, because the
 * workflow knows the delivery key.
 */
export class InboxDrainer {
  private readonly owner = randomUUID();
  private readonly delivery: InboxDelivery;
  private stopping = false;
  private running: Promise<void> | null = null;
  private wake: () => void = () => undefined;

  constructor(private readonly deps: Needed) {
    this.delivery = new InboxDelivery(deps);
  }

  /** Begins to look for items, every half second. */
  start(): void {
    this.stopping = false;
    this.running ??= this.loop().finally(() => {
      this.running = null;
    });
  }

  /** Ends after the events that are under way; the others are given back. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.wake();
    await this.running;
  }

  private async loop(): Promise<void> {
    while (!this.stopping) {
      try {
        await this.drain();
      } catch (error) {
        // MongoDB is away: what it holds is safe and waits.
        this.deps.log.debug({ err: error }, 'The inbox could not be read');
      }
      if (!this.stopping) await this.pause();
    }
  }

  private pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, pollMs);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Delivers whatever is due. While Temporal is away nothing is leased, so that all of it is due when it is back. */
  async drain(): Promise<void> {
    while (!this.stopping) {
      if (await this.deps.store.inbox.isEmpty()) return;
      if (!(await this.deps.calls.isUp(upMs))) return;
      const items = await this.deps.store.inbox.lease(this.owner, itemsAtOnce, leaseMs);
      if (items.length === 0) return;
      await this.deliverAll(items);
    }
  }

  /** Calls side by side, the events of one call in the order of their receipt. */
  private async deliverAll(items: InboxItem[]): Promise<void> {
    const byCall = new Map<string, InboxItem[]>();
    for (const item of items) byCall.set(item.workflowId, [...(byCall.get(item.workflowId) ?? []), item]);
    const queue = [...byCall.values()];
    const lane = async (): Promise<void> => {
      for (let call = queue.shift(); call !== undefined; call = queue.shift()) await this.deliverCall(call);
    };
    await Promise.all(Array.from({ length: Math.min(callsAtOnce, queue.length) }, lane));
  }

  private async deliverCall(items: InboxItem[]): Promise<void> {
    let leftOver = this.stopping;
    for (const item of items) {
      leftOver ||= this.stopping;
      leftOver = leftOver ? await this.giveBack(item) : !(await this.deliverOne(item));
    }
  }

  private async deliverOne(item: InboxItem): Promise<boolean> {
    try {
      const outcome = await this.delivery.deliver(item);
      if (outcome === 'not-yet') {
        await this.giveBack(item);
        return false;
      }
      await this.deps.store.inbox.done(item.id);
      this.deps.metrics.drained.inc({ outcome });
      return true;
    } catch (error) {
      if (!(error instanceof TemporalUnreachable) || item.attempts > 3)
        this.deps.log.warn(
          { err: error, connection: item.connection, callId: item.callId, attempts: item.attempts },
          'An event of the inbox was not delivered yet',
        );
      await this.giveBack(item);
      return false;
    }
  }

  /** Comes up again later and later; a database that cannot note it lets the lease end. Never throws, always true. */
  private async giveBack(item: InboxItem): Promise<true> {
    const delayMs = Math.min(firstDelayMs * 2 ** Math.max(0, item.attempts - 1), longestDelayMs);
    await this.deps.store.inbox.later(item.id, delayMs).catch((error: unknown) => {
      this.deps.log.debug({ err: error }, 'A lease was not given back');
    });
    return true;
  }
}
