import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Connection } from '../domain/connection';
import { PeerError } from '../domain/peer-error';
import type { Store } from '../store/contract';
import { readCredential, seedOf } from './credentials';
import type { Credential, StoredPair } from './credentials';
import { bitrix24Error, rememberedRefusal } from './reasons';
import { renewTokens } from './token-renewal';

/** Longer than one renewal with its store writes may take. */
const leaseMs = 40_000;
const renewalTimeoutMs = 20_000;
const waitsMs = [50, 100, 200, 400, 800, 1_600, 3_200];

/** Renews access tokens: once for all workers, the new pair stored before anybody uses it. */
export class TokenOwner {
  constructor(
    private readonly store: Store,
    private readonly clock: () => Date,
  ) {}

  /**
   * A credential whose access token is another one than `used`, which the portal has just called expired.
   *
   * @throws PeerError `not-yet` while somebody else renews for longer than a few seconds; `authorisation` when the token
   *   server refuses, which is remembered.
   */
  async renewed(connection: Connection, used: Credential): Promise<Credential> {
    const owner = randomUUID();
    for (const waitMs of [0, ...waitsMs]) {
      if (waitMs > 0) await pause(waitMs);
      const now = await readCredential(this.store, connection, 'now');
      if (now.accessToken !== used.accessToken) return now;
      if (now.refusedReason !== null && used.refusedReason === null)
        throw rememberedRefusal(now.refusedReason);
      if (!(await this.store.tokens.lock(used.key, owner, leaseMs))) continue;
      // Somebody may have renewed between the look and the lock.
      const locked = await readCredential(this.store, connection, 'now');
      if (locked.accessToken !== used.accessToken) {
        await this.store.tokens.unlock(used.key, owner);
        return locked;
      }
      return await this.renew(connection, locked, owner);
    }
    throw bitrix24Error('not-yet', 'token-being-renewed', { retryAfterMs: 2_000 });
  }

  private async renew(connection: Connection, old: Credential, owner: string): Promise<Credential> {
    const { auth } = connection.bitrix24;
    if (auth.kind !== 'application' || old.refreshToken === null || old.accessToken === null) {
      await this.store.tokens.unlock(old.key, owner);
      throw bitrix24Error('authorisation', 'application-not-installed');
    }
    const { clientId, clientSecret, tokenUrl } = auth;
    const { refreshToken, accessToken } = old;
    try {
      const pair = await renewTokens(
        { tokenUrl, clientId, clientSecret, refreshToken, timeoutMs: renewalTimeoutMs },
        this.clock(),
      );
      const fresh = {
        accessToken: pair.accessToken,
        refreshToken: pair.refreshToken,
        seed: seedOf(connection),
      };
      await this.keep(old.key, owner, fresh, pair.expiresAt);
      return { ...old, accessToken: pair.accessToken, refreshToken: pair.refreshToken };
    } catch (error) {
      if (!(error instanceof PeerError)) throw error;
      if (error.reaction === 'authorisation') {
        const dead = old.renewalInDoubt && error.reason === 'reinstall-application';
        const told = dead ? bitrix24Error('authorisation', 'refresh-answer-lost') : error;
        await this.store.tokens.refuse(old.key, owner, old.fingerprint, told.reason);
        throw told;
      }
      // The old pair may still work, so it is kept and tried again; the doubt explains a later refusal.
      if (error.reaction === 'ambiguous' && !old.renewalInDoubt)
        await this.keep(
          old.key,
          owner,
          { accessToken, refreshToken, seed: seedOf(connection), inDoubt: 'yes' },
          null,
        );
      else await this.store.tokens.unlock(old.key, owner);
      throw bitrix24Error('not-yet', 'token-server-unreachable', { cause: error });
    }
  }

  /** A pair that is not stored is lost for good, so the store gets more than one chance. */
  private async keep(key: string, owner: string, pair: StoredPair, expiresAt: string | null): Promise<void> {
    for (const waitMs of [200, 1_000, 3_000, null]) {
      try {
        await this.store.tokens.put(key, owner, pair, expiresAt);
        return;
      } catch (error) {
        if (waitMs === null) throw error;
        await pause(waitMs);
        // A lost lock can be had again; whoever had it meanwhile found the old pair used up.
        await this.store.tokens.lock(key, owner, leaseMs).catch(() => false);
      }
    }
  }
}
