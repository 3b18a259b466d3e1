import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { PeerError } from '../domain/peer-error';
import type { Store } from '../store/contract';
import type { RequestContext } from './contract';
import type { Credential } from './credentials';
import { bitrix24Error, rememberedRefusal } from './reasons';
import { tokenMemory } from './token-memory';
import type { TokenMemory } from './token-memory';

const probeEveryMs = 60_000;
const lockMs = 5_000;

/**
 * Remembers that a portal refuses our credentials, so that nobody hammers it: while it does, one request a minute of all
 * workers goes out as a probe and the others are refused here. When a probe succeeds everything goes on by itself.
 */
export class CredentialGate {
  /** Refusals of single methods, e.g. a missing scope, by client and method; each process probes them for itself. */
  private readonly methods = new Map<string, { error: PeerError; nextProbeMs: number }>();

  private readonly memory: TokenMemory;

  constructor(
    private readonly store: Store,
    private readonly log: Logger,
    private readonly clock: () => Date,
  ) {
    this.memory = tokenMemory(store);
  }

  /**
   * @throws PeerError `authorisation` when the request would be refused anyway and it is nobody's turn to probe; `not-yet`
   *   when its access token could not be renewed a moment ago.
   */
  async admit({ connection }: RequestContext, credential: Credential, method: string): Promise<void> {
    const closed = this.methods.get(methodKey(credential, method));
    if (closed !== undefined) {
      const nowMs = this.clock().getTime();
      if (nowMs < closed.nextProbeMs) throw closed.error;
      closed.nextProbeMs = nowMs + probeEveryMs;
    }
    const { refusedReason } = credential;
    if (refusedReason === null) return this.throwPause(credential);
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

  private throwPause({ key, accessToken }: Credential): void {
    const retryAfterMs = this.memory.heldBackMs(key, accessToken, this.clock().getTime());
    if (retryAfterMs > 0) throw bitrix24Error('not-yet', 'token-server-unreachable', { retryAfterMs });
  }

  /** The portal took the credentials. Best effort: a refusal that stays costs probes, no calls. */
  async accepted(credential: Credential, method: string): Promise<void> {
    this.methods.delete(methodKey(credential, method));
    this.memory.resume(credential.key);
    if (credential.refusedReason === null) return;
    await this.store.tokens.accept(credential.key).catch((error: unknown) => this.notNoted(error));
  }

  /**
   * The portal refused, and would refuse every request (`credential`) or every one of this method. Remembered, unless
   * another pair of tokens is there or can be had: a token that was replaced is refused, too.
   *
   * @throws PeerError `token-expired` when the request should be repeated with another token.
   */
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
    const replaceable = this.isRenewable(credential, error) || !(await this.remember(credential, error));
    if (replaceable) throw bitrix24Error('not-yet', 'token-expired', { status: error.status ?? undefined });
  }

  /** False: it was another pair's refusal. Best effort. */
  private async remember(credential: Credential, { reason }: PeerError): Promise<boolean> {
    const { key, fingerprint } = credential;
    const { tokens } = this.store;
    const owner = randomUUID();
    try {
      // Under the lock, so that no pair comes between. Somebody else who has it may be renewing.
      const locked = await tokens.lock(key, owner, lockMs);
      const outdated = await this.isOutdated(credential);
      if (locked && outdated) await tokens.unlock(key, owner);
      else if (locked) await tokens.refuse(key, owner, fingerprint, reason);
      return !outdated;
    } catch (cause) {
      this.notNoted(cause);
      return true;
    }
  }

  /** Whether the store holds another pair than the one that was used. */
  private async isOutdated({ key, accessToken, generation }: Credential): Promise<boolean> {
    if (accessToken === null) return false;
    const stored = await this.store.tokens.get(key);
    if (stored === null || stored.generation === generation) return false;
    return (stored.token.accessToken ?? accessToken) !== accessToken;
  }

  /** A pair that was refused although it was renewed is renewed again only when its time is over, not by each probe. */
  private isRenewable(credential: Credential, { reason }: PeerError): boolean {
    const { refreshToken, renewed, refusedReason, expiresAt } = credential;
    if (reason !== 'token-refused' || refreshToken === null || renewed) return false;
    return refusedReason === null || Date.parse(expiresAt ?? '') <= this.clock().getTime();
  }

  private notNoted(error: unknown): void {
    this.log.warn({ err: error }, 'Whether Bitrix24 takes the credentials was not noted');
  }
}

function methodKey(credential: Credential, method: string): string {
  return `${credential.key} ${credential.fingerprint} ${method.toLowerCase()}`;
}
