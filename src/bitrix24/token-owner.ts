import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Connection } from '../domain/connection';
import { PeerError } from '../domain/peer-error';
import type { Store } from '../store/contract';
import { readCredential, seedOf } from './credentials';
import type { Credential } from './credentials';
import { bitrix24Error, rememberedRefusal } from './reasons';
import { tokenMemory } from './token-memory';
import type { TokenMemory } from './token-memory';
import { renewTokens } from './token-renewal';
import type { TokenPair } from './token-renewal';

/** Longer than one renewal with its store writes may take. */
const leaseMs = 120_000;
/** A new pair that nobody waited for is lost, and the old one used up: as long as the portals may take for an answer. */
const renewalTimeoutMs = 60_000;
const waitsMs = [50, 100, 200, 400, 800, 1_600, 3_200];

/** Renews access tokens: once for all workers, the new pair stored before anybody uses it, if the store takes it. */
export class TokenOwner {
  private readonly memory: TokenMemory;

  constructor(
    private readonly store: Store,
    private readonly clock: () => Date,
  ) {
    this.memory = tokenMemory(store);
  }

  /**
   * A credential whose access token is another one than `used`, which the portal has just called expired or invalid.
   *
   * @throws PeerError `not-yet` while somebody else renews for longer than a few seconds, or a renewal has just failed;
   *   `authorisation` when the token server refuses, which is remembered.
   */
  async renewed(connection: Connection, used: Credential): Promise<Credential> {
    const owner = randomUUID();
    for (const waitMs of [0, ...waitsMs]) {
      if (waitMs > 0) await pause(waitMs);
      const now = await readCredential(this.store, connection, 'now');
      if (now.accessToken !== used.accessToken) return now;
      if (now.refusedReason !== null && used.refusedReason === null)
        throw rememberedRefusal(now.refusedReason);
      this.throwPause(used);
      if (!(await this.store.tokens.lock(used.key, owner, leaseMs))) continue;
      let renews = false;
      try {
        // Somebody may have renewed, or failed to, between the look and the lock.
        const locked = await readCredential(this.store, connection, 'now');
        if (locked.accessToken !== used.accessToken) return locked;
        this.throwPause(used);
        renews = true;
        return await this.renew(connection, locked, owner);
      } finally {
        if (!renews) await this.store.tokens.unlock(used.key, owner);
      }
    }
    throw bitrix24Error('not-yet', 'token-being-renewed', { retryAfterMs: 2_000 });
  }

  private throwPause({ key, accessToken }: Credential): void {
    const retryAfterMs = this.memory.pauseLeftMs(key, accessToken, this.clock().getTime());
    if (retryAfterMs > 0) throw bitrix24Error('not-yet', 'token-server-unreachable', { retryAfterMs });
  }

  private async renew(connection: Connection, old: Credential, owner: string): Promise<Credential> {
    const { auth } = connection.bitrix24;
    if (auth.kind !== 'application' || old.refreshToken === null || old.accessToken === null) {
      await this.store.tokens.unlock(old.key, owner);
      throw bitrix24Error('authorisation', 'application-not-installed');
    }
    const { clientId, clientSecret, tokenUrl } = auth;
    const { refreshToken, accessToken } = old;
    const seed = seedOf(connection);
    let fresh: TokenPair;
    try {
      fresh = await renewTokens(
        { tokenUrl, clientId, clientSecret, refreshToken, timeoutMs: renewalTimeoutMs },
        this.clock(),
      );
    } catch (error) {
      if (!(error instanceof PeerError)) throw error;
      throw await this.failed({ ...old, accessToken, refreshToken }, seed, owner, error);
    }
    const { expiresAt, ...tokens } = fresh;
    this.memory.hold(old.key, {
      owner,
      pair: { ...tokens, seed },
      expiresAt,
      replaces: { accessToken, generation: old.generation },
    });
    await this.keep(old.key);
    return { ...old, ...tokens, expiresAt, renewed: true, renewalInDoubt: false, refusedReason: null };
  }

  /** @returns what the caller is told of a renewal that failed. */
  private async failed(
    old: Credential & { accessToken: string; refreshToken: string },
    seed: string,
    owner: string,
    error: PeerError,
  ): Promise<PeerError> {
    const { key, accessToken, refreshToken } = old;
    const { tokens } = this.store;
    // A note that cannot be made must not hide the reason; the lock then ends by itself at the latest.
    const noted = (write: Promise<unknown>): Promise<unknown> =>
      write.catch(() => tokens.unlock(key, owner).catch(() => undefined));
    if (error.reaction === 'authorisation') {
      const dead = old.renewalInDoubt && error.reason === 'reinstall-application';
      const told = dead ? bitrix24Error('authorisation', 'refresh-answer-lost') : error;
      await noted(tokens.refuse(key, owner, old.fingerprint, told.reason));
      return told;
    }
    const nowMs = this.clock().getTime();
    const retryAfterMs = this.memory.pause(key, accessToken, nowMs, error.retryAfterMs);
    // The old pair may still work, so it is kept and tried again; the doubt explains a later refusal.
    const isNewDoubt = error.reaction === 'ambiguous' && !old.renewalInDoubt;
    await noted(
      isNewDoubt
        ? tokens.put(key, owner, { accessToken, refreshToken, seed, inDoubt: 'yes' }, old.expiresAt)
        : tokens.unlock(key, owner),
    );
    return bitrix24Error('not-yet', 'token-server-unreachable', { retryAfterMs, cause: error });
  }

  /** The store gets more than one chance before the pair is used unsaved; each later use is another one. */
  private async keep(key: string): Promise<void> {
    for (const waitMs of [0, 200, 1_000, 3_000]) {
      if (waitMs > 0) await pause(waitMs);
      if ((await this.memory.save(key)) === null) return;
    }
  }
}
