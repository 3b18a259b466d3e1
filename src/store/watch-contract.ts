/** A right to do something alone, over all processes. */
export interface Lease {
  /** Grows whenever the lease changes hands. */
  generation: number;
}

export interface LeaseRepository {
  /** Takes a free lease or renews the own one for `leaseMs` by the database's clock; null while somebody else holds it. */
  take(key: string, owner: string, leaseMs: number): Promise<Lease | null>;
  /** Frees it at once, if it is still the owner's. */
  release(key: string, owner: string): Promise<void>;
}

export interface LiveCallRepository {
  all(connection: string): Promise<{ key: string; state: string }[]>;
  /** Durable when it resolves. False: somebody with a newer lease has written it, and nothing was changed. */
  save(connection: string, key: string, state: string, generation: number): Promise<boolean>;
  /** Leaves alone what a newer lease has written. */
  delete(connection: string, key: string, generation: number): Promise<void>;
  /**
   * Removes what `isTheirs` says of calls that must be over because nobody has written them since `before`; younger ones
   * are left to their watcher, who would doubt them otherwise.
   */
  erase(
    connection: string,
    isTheirs: (state: string) => boolean,
    before: Date,
  ): Promise<{ removed: number; young: number }>;
}
