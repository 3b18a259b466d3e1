import type { Logger } from 'pino';
import { PeerError } from '../domain/peer-error';
import type { Store } from '../store/contract';
import type { ThreecxContext } from './contract';
import { isReasonOfConnection } from './reasons';

const boundMs = 2_000;

/** Keeps what every real contact with a PBX told: the connection's health, and the requests on a call's page. */
export class ContactLog {
  constructor(
    private readonly store: Pick<Store, 'health' | 'calls'>,
    private readonly log: Logger,
    private readonly clock: () => Date,
  ) {}

  /**
   * Makes one request and notes how it went. Best effort: noting never fails or delays the request by more than 2 s.
   *
   * @param method how operators call the request, e.g. `3cx.call-log`.
   */
  async observe<T>(context: ThreecxContext, method: string, request: () => Promise<T>): Promise<T> {
    const at = this.clock().toISOString();
    try {
      const result = await request();
      await this.note(context, { method, at, outcome: 'ok' }, null);
      return result;
    } catch (error) {
      const known = error instanceof PeerError ? error : null;
      if (known?.reason !== 'cancelled')
        await this.note(context, { method, at, outcome: known?.reason ?? 'failed' }, known);
      throw error;
    }
  }

  private async note(
    { connection, callId, attempt }: ThreecxContext,
    request: { method: string; at: string; outcome: string },
    error: PeerError | null,
  ): Promise<void> {
    const { calls, health } = this.store;
    const broken = error !== null && isReasonOfConnection(error.reason);
    const state = broken ? { ok: false, reason: error.reason, mend: error.mend } : { ok: true };
    if (callId !== null) calls.appendRequest(connection.id, callId, { ...request, attempt });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, boundMs);
    });
    const reported = health.report(connection.id, 'threecx', state).catch((err: unknown) => this.warn(err));
    await Promise.race([reported, late]);
    clearTimeout(timer);
  }

  private warn(err: unknown): void {
    this.log.warn({ err }, 'A contact with the PBX was not noted');
  }
}
