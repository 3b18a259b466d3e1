import type { Logger } from 'pino';
import type { PeerError } from '../domain/peer-error';
import type { Store } from '../store/contract';
import type { RequestClass, RequestContext } from './contract';
import type { PortalAddress } from './portal-address';
import { bounded, nearLimitSeconds, readOperatingTime } from './operating-time';
import { bitrix24Error } from './reasons';

const deferrable: RequestClass[] = ['recording', 'background'];
/** What is said while the portal blocks a client, or a method of it. */
const blocks = { client: 'portal-overload-block', method: 'method-blocked' } as const;
/** A minute is the smallest piece that the limit forgets. */
const unknownResetMs = 60_000;

/** The portal's limits as this client keeps them; waiting is left to the caller. */
export class RequestBudget {
  /** Waits that the last good answers named, by client and method: refusals do not name one. */
  private readonly resets = new Map<string, { atMs: number }>();

  constructor(
    private readonly store: Store,
    private readonly log: Logger,
    private readonly clock: () => Date,
  ) {}

  /** @throws PeerError `not-yet` with the time to wait; nothing was taken then. */
  async take(
    { connection }: RequestContext,
    { origin, client }: PortalAddress,
    cls: RequestClass,
    method: string,
    requests: number,
  ): Promise<void> {
    const { plan } = connection.bitrix24;
    const { waitMs, blockedBy } = await this.store.budget.take(origin, plan, cls, method, {
      client,
      requests,
    });
    if (waitMs === 0) return;
    const reason = blockedBy === undefined ? 'portal-budget' : blocks[blockedBy];
    throw bitrix24Error('not-yet', reason, { retryAfterMs: waitMs, ...this.until(blockedBy && waitMs) });
  }

  /** Learns from a good answer how much run time the method has used. */
  async answered(address: PortalAddress, cls: RequestClass, method: string, time: unknown): Promise<void> {
    const nowMs = this.clock().getTime();
    const { usedSeconds, resetInMs } = readOperatingTime(time, nowMs);
    if (resetInMs !== null) this.resets.set(resetKey(address, method), { atMs: nowMs + resetInMs });
    if (usedSeconds >= nearLimitSeconds && deferrable.includes(cls))
      await this.block(address, method, resetInMs ?? unknownResetMs);
  }

  /** Learns from a refusal. @returns the error, with the time to wait when the portal's limits are the reason. */
  async refused(
    { connection }: RequestContext,
    address: PortalAddress,
    method: string,
    error: PeerError,
  ): Promise<PeerError> {
    switch (error.reason) {
      case 'rate-limited':
        await this.quietly(this.store.budget.refused(address.origin, connection.bitrix24.plan));
        return error;
      case 'portal-overload-block': {
        const waitMs = error.retryAfterMs ?? unknownResetMs;
        await this.block(address, '*', waitMs);
        return bitrix24Error('not-yet', 'portal-overload-block', {
          retryAfterMs: waitMs,
          status: error.status ?? undefined,
          ...this.until(waitMs),
        });
      }
      case 'method-blocked': {
        const reset = this.resets.get(resetKey(address, method));
        const waitMs = reset === undefined ? unknownResetMs : bounded(reset.atMs - this.clock().getTime());
        await this.block(address, method, waitMs);
        return bitrix24Error('not-yet', 'method-blocked', {
          retryAfterMs: waitMs,
          status: error.status ?? undefined,
          ...this.until(waitMs),
        });
      }
      default:
        return error;
    }
  }

  /** Tells whoever reads the reason when it is asked again; undefined: in a moment, which is not worth a word. */
  private until(waitMs: number | undefined): { until?: Date } {
    return waitMs === undefined ? {} : { until: new Date(this.clock().getTime() + waitMs) };
  }

  private async block({ origin, client }: PortalAddress, method: string, forMs: number): Promise<void> {
    const until = new Date(this.clock().getTime() + forMs);
    await this.quietly(this.store.budget.block(origin, method, until, client));
  }

  private async quietly(write: Promise<unknown>): Promise<void> {
    await write.catch((error: unknown) => {
      this.log.warn({ err: error }, 'A limit of the portal was not noted');
    });
  }
}

function resetKey({ origin, client }: PortalAddress, method: string): string {
  return `${origin} ${client} ${method.toLowerCase()}`;
}
