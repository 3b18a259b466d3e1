/** A data key that wrote once, known by its id (the first 8 hex digits of its SHA-256). */
export interface UsedKey {
  id: string;
  /** ISO; as of the last hour. */
  firstUsedAt: string;
  lastUsedAt: string;
}

/** What a round of sealing anew found. */
export interface SealingRound {
  /** Documents that were sealed under an older key and are under the first one now. */
  resealed: number;
  /** Documents that nobody can read because their key is not set, by collection and key id. */
  unreadable: { collection: string; keyId: string; documents: number }[];
}

export interface SealingRepository {
  /** Notes that the first data key writes; at the start and every hour. */
  noteUse(): Promise<void>;
  /** Keys that wrote once and are not set now. */
  missingKeys(): Promise<UsedKey[]>;
  /** Keys that are set, wrote once, and do not write any more. */
  retiredKeys(): Promise<UsedKey[]>;
  /**
   * Seals what is under an older key anew under the first one. Any number of processes may do so at once, while others
   * write: a document that changes meanwhile is left to the next round.
   */
  reseal(): Promise<SealingRound>;
}
