import { randomUUID } from 'node:crypto';
import type { Connection } from '../domain/connection';
import { PeerError } from '../domain/peer-error';
import type { Store, StoredToken } from '../store/contract';
import type { FreshToken } from './log-in';
import { threecxError } from './reasons';
import { tokenKey } from './token-key';
import type { TokenKey } from './token-key';

/** Longer than a log-in may take. */
const lockMs = 30_000;
/** How long somebody waits for another worker's log-in. */
const waitMs = 20_000;
const pollMs = 100;
const firstPauseMs = 5_000;
const longestPauseMs = 300_000;

export interface AccessToken {
  value: string;
  /** 0: a token that the connection names itself and that nobody can renew. */
  generation: number;
}

export interface TokenOwnerOptions {
  store: Pick<Store, 'tokens' | 'hashNumber'>;
  logIn: (connection: Connection) => Promise<FreshToken>;
  clock: () => Date;
}

/**
 * The one owner of an API client's access token over all processes. A new token kills the old one at once, and more
 * than three bad log-ins make the PBX block our address (3cx.md sections 5.3 and 5.5); so the token is shared through
 * the store, one log-in runs at a time, and a refused secret is never tried again.
 */
export class TokenOwner {
  /** Log-ins of this process, so that a hundred waiting calls ask the store once. */
  private readonly running = new Map<string, Promise<AccessToken>>();
  private readonly pauses = new Map<string, { until: number; failures: number }>();

  constructor(private readonly options: TokenOwnerOptions) {}

  /** A token that should work; renewed lazily when 80 % of its life are over. @throws {PeerError} */
  async current(connection: Connection): Promise<AccessToken> {
    const key = tokenKey(connection, this.options.store);
    if (key === null) return fixedToken(connection);
    const stored = await this.guard(() => this.options.store.tokens.recent(key.id));
    const state = this.stateOf(stored);
    if (stored !== null && state === 'fresh') return open(stored);
    if (stored === null || state === 'expired') return this.renew(connection, key, stored?.generation ?? 0);
    try {
      return await this.renew(connection, key, stored.generation, { wait: false });
    } catch (error) {
      // The old one still works for a while; whoever comes next tries again.
      if (error instanceof PeerError && error.reaction === 'not-yet') return open(stored);
      throw error;
    }
  }

  /**
   * Another token in place of one that was answered with 401: the newer one when somebody else renewed it, else one
   * log-in.
   *
   * @throws {PeerError} `threecx-token-refused` when there is nothing to renew.
   */
  async replace(connection: Connection, used: AccessToken): Promise<AccessToken> {
    const key = tokenKey(connection, this.options.store);
    if (key === null) throw threecxError('threecx-token-refused', { status: 401 });
    return this.renew(connection, key, used.generation);
  }

  /** Tries a refused secret once more: only for a person who asks, see the doctor. */
  async forgetRefusal(connection: Connection): Promise<void> {
    const key = tokenKey(connection, this.options.store);
    if (key !== null && (await this.read(key))?.refusedFingerprint != null)
      await this.options.store.tokens.delete(key.id);
  }

  private async renew(
    connection: Connection,
    key: TokenKey,
    usedGeneration: number,
    { wait } = { wait: true },
  ): Promise<AccessToken> {
    const running = this.running.get(key.id);
    if (running !== undefined) {
      const token = await running;
      if (token.generation > usedGeneration) return token;
    }
    const flight = this.renewAlone(connection, key, usedGeneration, wait).finally(() => {
      if (this.running.get(key.id) === flight) this.running.delete(key.id);
    });
    this.running.set(key.id, flight);
    return flight;
  }

  private async renewAlone(
    connection: Connection,
    key: TokenKey,
    usedGeneration: number,
    wait: boolean,
  ): Promise<AccessToken> {
    const owner = randomUUID();
    const until = this.now() + (wait ? waitMs : 0);
    for (;;) {
      const newer = await this.newerThan(key, usedGeneration);
      if (newer !== null) return newer;
      this.throwPause(key);
      if (await this.guard(() => this.options.store.tokens.lock(key.id, owner, lockMs))) break;
      if (this.now() >= until) throw threecxError('token-busy', { retryAfterMs: 5_000 });
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
    return this.mint(connection, key, owner, usedGeneration);
  }

  /** Under the lock. */
  private async mint(
    connection: Connection,
    key: TokenKey,
    owner: string,
    usedGeneration: number,
  ): Promise<AccessToken> {
    const { tokens } = this.options.store;
    const newer = await this.newerThan(key, usedGeneration).catch(async (error: unknown) => {
      await this.guard(() => tokens.unlock(key.id, owner));
      throw error;
    });
    if (newer !== null) {
      await this.guard(() => tokens.unlock(key.id, owner));
      return newer;
    }
    let fresh: FreshToken;
    try {
      fresh = await this.options.logIn(connection);
    } catch (error) {
      await this.afterFailure(key, owner, error);
      throw error;
    }
    this.pauses.delete(key.id);
    const renewAt = new Date(this.now() + fresh.lifeMs * 0.8).toISOString();
    const expiresAt = new Date(this.now() + fresh.lifeMs).toISOString();
    return open(
      await this.guard(() =>
        tokens.put(key.id, owner, { accessToken: fresh.accessToken, renewAt }, expiresAt),
      ),
    );
  }

  private async afterFailure(key: TokenKey, owner: string, error: unknown): Promise<void> {
    const { tokens } = this.options.store;
    const reason = error instanceof PeerError ? error.reason : '';
    if (reason === 'threecx-secret-refused' || reason === 'threecx-second-factor') {
      await this.guard(() => tokens.refuse(key.id, owner, key.fingerprint, reason));
      return;
    }
    const failures = (this.pauses.get(key.id)?.failures ?? 0) + 1;
    const pauseMs = Math.min(firstPauseMs * 2 ** (failures - 1), longestPauseMs);
    this.pauses.set(key.id, { failures, until: this.now() + pauseMs });
    // The lock is kept for the pause, so that the other processes do not hammer either.
    await this.guard(() => tokens.lock(key.id, owner, pauseMs));
  }

  /** A usable token that is newer than the one used, or null. @throws {PeerError} when the secret was refused. */
  private async newerThan(key: TokenKey, usedGeneration: number): Promise<AccessToken | null> {
    const stored = await this.read(key);
    if (stored?.refusedFingerprint === key.fingerprint)
      throw threecxError(
        stored.refusedReason === 'threecx-second-factor' ? 'threecx-second-factor' : 'threecx-secret-refused',
      );
    const usable =
      stored !== null && stored.generation > usedGeneration && this.stateOf(stored) !== 'expired';
    return usable ? open(stored) : null;
  }

  private throwPause(key: TokenKey): void {
    const leftMs = (this.pauses.get(key.id)?.until ?? 0) - this.now();
    if (leftMs > 0) throw threecxError('pbx-busy', { retryAfterMs: leftMs });
  }

  private stateOf(stored: StoredToken | null): 'fresh' | 'due' | 'expired' {
    if (stored?.token.accessToken === undefined) return 'expired';
    if (Date.parse(stored.expiresAt ?? '') <= this.now()) return 'expired';
    return Date.parse(stored.token.renewAt ?? '') <= this.now() ? 'due' : 'fresh';
  }

  private read(key: TokenKey): Promise<StoredToken | null> {
    return this.guard(() => this.options.store.tokens.get(key.id));
  }

  private async guard<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (cause) {
      throw threecxError('store-unreachable', { cause });
    }
  }

  private now(): number {
    return this.options.clock().getTime();
  }
}

function open({ token, generation }: StoredToken): AccessToken {
  return { value: token.accessToken ?? '', generation };
}

function fixedToken({ threecx: { auth } }: Connection): AccessToken {
  return { value: auth.kind === 'token' ? auth.token : '', generation: 0 };
}
