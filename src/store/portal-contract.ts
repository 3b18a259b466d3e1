/** A call that Bitrix24 registered by itself because somebody clicked a number (`bitrix24.md` section 7). */
export interface PortalCall {
  connection: string;
  /** CALL_ID of the open call in the portal. */
  bitrix24CallId: string;
  /** The portal user who clicked. */
  userId: number;
  /** Keyed hashes of the number as the portal told it, one for each spelling (`Store.hashNumber`). */
  callerHashes: string[];
}

/** One of our calls that may be the one somebody clicked for. */
export interface PortalCallClaim {
  connection: string;
  callId: string;
  userId: number;
  callerHash: string;
  /** ISO 8601. */
  startedAt: string;
}

/** Calls of the portal that wait for the PBX to dial. No number in clear. */
export interface PendingCallRepository {
  /** Durable when it resolves. A CALL_ID that is known already changes nothing. */
  remember(call: PortalCall, options: { timeoutMs: number }): Promise<void>;
  /**
   * Gives the portal's call to one of ours, each once and atomically: same user, same number, and a start between one
   * minute before the portal told of it and 30 minutes after. Of several the nearest one. Asked again with the same
   * `callId` it gives the same answer.
   *
   * @returns the CALL_ID, or null when nobody clicked for this call.
   */
  claim(request: PortalCallClaim): Promise<string | null>;
  /** What `claim` gave this call before, or null. */
  claimed(connection: string, callId: string): Promise<string | null>;
  erase(connection: string, callerHash: string): Promise<number>;
}

/** Which lines the portal was told by name. */
export interface LineNamingRepository {
  /**
   * The turn to tell the portal about a mapped line, atomically.
   *
   * @param wanted what would be told; true only if something else, or nothing, was told so far.
   * @param pauseMs after a turn that ended in nothing, so long nobody gets another.
   */
  takeNaming(connection: string, key: string, wanted: string, pauseMs: number): Promise<boolean>;
  /** The portal knows it now. A later change of the mapping forgets this, so that the line is told anew. */
  named(connection: string, key: string, told: string): Promise<void>;
}
