import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { PeerError } from '../domain/peer-error';
import type { Store } from '../store/contract';
import type { RequestContext } from './contract';
import type { Credential } from './credentials';
import { rememberedRefusal } from './reasons';

const probeEveryMs = 60_000;
const lockMs = 5_000;

/**
 * Remembers that a portal refuses our credentials, so that nobody hammers it: while it does, one request a minute of all
 * workers goes out as a probe and the others are refused here. When a probe succeeds everything goes on by itself.
 */
export class CredentialGate {
  /** Refusals of single methods, e.g. a missing scope, by client and method; each process probes them for itself. */
  private readonly methods = new Map<string, { error: PeerError; nextProbeMs: number }>();

  constructor(
    private readonly store: Store,
    private readonly log: Logger,
    private readonly clock: () => Date,
  ) {}

  /** @throws PeerError `authorisation` when the request would be refused anyway and it is nobody's turn to probe. */
  async admit({ connection }: RequestContext, credential: Credential, method: string): Promise<void> {
    const closed = this.methods.get(methodKey(credential, method));
    if (closed !== undefined) {
      const nowMs = this.clock().getTime();
      if (nowMs < closed.nextProbeMs) throw closed.error;
      closed.nextProbeMs = nowMs + probeEveryMs;
    }
    const { refusedReason } = credential;
    if (refusedReason === null) return;
    if (await this.store.health.mayProbe(connection.id, 'bitrix24', probeEveryMs)) return;
    const error = rememberedRefusal(refusedReason);
    // A probe is only granted where the health of the connection was noted once.
    await this.store.health.report(connection.id, 'bitrix24', {
      ok: false,
      reason: error.reason,
      mend: error.mend,
    });
    throw error;
  }

  /** The portal took the credentials. Best effort: a refusal that stays costs probes, no calls. */
  async accepted(credential: Credential, method: string): Promise<void> {
    this.methods.delete(methodKey(credential, method));
    if (credential.refusedReason === null) return;
    await this.store.tokens.accept(credential.key).catch((error: unknown) => this.notNoted(error));
  }

  /** The portal refused, and would refuse every request (`credential`) or every one of this method. */
  async refused(
    credential: Credential,
    method: string,
    error: PeerError,
    reach: 'credential' | 'method',
  ): Promise<void> {
    if (reach === 'method') {
      const nextProbeMs = this.clock().getTime() + probeEveryMs;
      this.methods.set(methodKey(credential, method), { error, nextProbeMs });
      return;
    }
    const owner = randomUUID();
    const { tokens } = this.store;
    try {
      if (await tokens.lock(credential.key, owner, lockMs))
        await tokens.refuse(credential.key, owner, credential.fingerprint, error.reason);
    } catch (cause) {
      this.notNoted(cause);
    }
  }

  private notNoted(error: unknown): void {
    this.log.warn({ err: error }, 'Whether Bitrix24 takes the credentials was not noted');
  }
}

function methodKey(credential: Credential, method: string): string {
  return `${credential.key} ${credential.fingerprint} ${method.toLowerCase()}`;
}
