import type { Store } from '../store/contract';

/** The fields of the sealed record. */
export interface StoredPair extends Record<string, string> {
  accessToken: string;
  refreshToken: string;
  /** Digest of the pair that was entered or installed, from which this one descends. */
  seed: string;
}

/** A new pair that the store has not taken yet. */
export interface UnsavedPair {
  /** Who held the lock while it was renewed. */
  owner: string;
  pair: StoredPair;
  expiresAt: string | null;
  /** The access token and the generation of what it replaces. */
  replaces: { accessToken: string; generation: number };
}

/** Longer than storing takes. */
const leaseMs = 20_000;
/** So long a failed renewal keeps requests back when the token server named no time. */
const usualPauseMs = 15_000;
const longestPauseMs = 15 * 60_000;
/** After the pause one request goes ahead of the others, or all of them would carry the expired token to the portal. */
const aheadMs = 5_000;
const aheadForMs = 60_000;

interface Pause {
  accessToken: string | null;
  untilMs: number;
  nextAheadMs: number;
}

/** What this process alone knows of the token pairs in one store. */
export class TokenMemory {
  private readonly unsaved = new Map<string, UnsavedPair>();
  private readonly saving = new Map<string, Promise<UnsavedPair | null>>();
  private readonly pauses = new Map<string, Pause>();

  constructor(private readonly store: Store) {}

  /** Keeps a pair until it is stored: the one before it is used up, so it cannot be had again. */
  hold(key: string, pair: UnsavedPair): void {
    this.unsaved.set(key, pair);
    this.pauses.delete(key);
  }

  /** Tries once to store what is held. @returns the pair if it still could not be stored; null: the store has the newest. */
  save(key: string): Promise<UnsavedPair | null> {
    const held = this.unsaved.get(key);
    if (held === undefined) return Promise.resolve(null);
    const running = this.saving.get(key);
    if (running !== undefined) return running;
    const saving = this.put(key, held)
      .catch(() => false)
      .then((done) => {
        this.saving.delete(key);
        if (done && this.unsaved.get(key) === held) this.unsaved.delete(key);
        return this.unsaved.get(key) ?? null;
      });
    this.saving.set(key, saving);
    return saving;
  }

  private async put(key: string, { owner, pair, expiresAt, replaces }: UnsavedPair): Promise<boolean> {
    const { tokens } = this.store;
    if (!(await tokens.lock(key, owner, leaseMs))) return false;
    const stored = await tokens.get(key);
    const { generation = 0, token } = stored ?? {};
    // The mark of another process that lost an answer renews the record, too.
    const isNewer = generation !== replaces.generation && token?.accessToken !== replaces.accessToken;
    if (isNewer) await tokens.unlock(key, owner);
    else await tokens.put(key, owner, pair, expiresAt);
    return true;
  }

  /** A renewal in place of this access token has failed: nobody needs to ask again at once. @returns for how long. */
  pause(key: string, accessToken: string, nowMs: number, askedMs: number | null): number {
    const pauseMs = Math.min(Math.max(askedMs ?? 0, usualPauseMs), longestPauseMs);
    this.pauses.set(key, { accessToken, untilMs: nowMs + pauseMs, nextAheadMs: nowMs + pauseMs });
    return pauseMs;
  }

  /** The portal takes the token after all. */
  resume(key: string): void {
    this.pauses.delete(key);
  }

  /** How long no renewal in place of this access token is tried; 0: it may be. */
  pauseLeftMs(key: string, accessToken: string | null, nowMs: number): number {
    const pause = this.pauseOf(key, accessToken, nowMs);
    return pause === null ? 0 : Math.max(0, pause.untilMs - nowMs);
  }

  /** How long a request with this access token waits; 0: it goes, and after a pause the others wait for what it learns. */
  heldBackMs(key: string, accessToken: string | null, nowMs: number): number {
    const pause = this.pauseOf(key, accessToken, nowMs);
    if (pause === null) return 0;
    const leftMs = pause.nextAheadMs - nowMs;
    if (leftMs > 0) return leftMs;
    pause.nextAheadMs = nowMs + aheadMs;
    return 0;
  }

  private pauseOf(key: string, accessToken: string | null, nowMs: number): Pause | null {
    const pause = this.pauses.get(key);
    if (pause === undefined || pause.accessToken !== accessToken) return null;
    const leftMs = pause.untilMs - nowMs;
    // A clock that was set back must not make it longer.
    if (leftMs > -aheadForMs && leftMs <= longestPauseMs) return pause;
    this.pauses.delete(key);
    return null;
  }
}

const memories = new WeakMap<Store, TokenMemory>();

/** The one memory of a process for a store. */
export function tokenMemory(store: Store): TokenMemory {
  const memory = memories.get(store) ?? new TokenMemory(store);
  memories.set(store, memory);
  return memory;
}
