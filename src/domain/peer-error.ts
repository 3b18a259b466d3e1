/**
 * How to react to what a peer answered:
 *
 * - `not-yet`: not executed, or harmless to repeat; come back after `retryAfterMs` or by the usual back-off.
 * - `refused`: understood and refused for good.
 * - `gone`: what we asked about does not exist (any more).
 * - `authorisation`: our credentials do not work; stop, tell an operator, never hammer.
 * - `ambiguous`: a write that may have been executed; look before it is repeated.
 */
export type Reaction = 'not-yet' | 'refused' | 'gone' | 'authorisation' | 'ambiguous';

/** A failed request to Bitrix24 or 3CX, translated. Holds no phone number and no secret, in no field. */
export class PeerError extends Error {
  override readonly name = 'PeerError';
  /** One plain sentence: what a person should do about it. */
  readonly mend: string;
  /** Milliseconds to wait at least, when the peer (or our budget for it) named a time. */
  readonly retryAfterMs: number | null;
  /** HTTP status, null when there was no answer. */
  readonly status: number | null;

  constructor(
    readonly peer: 'bitrix24' | 'threecx',
    readonly reaction: Reaction,
    /** Stable short word in kebab case, e.g. `portal-unreachable`; shown to operators and used in filters. */
    readonly reason: string,
    options: { mend: string; retryAfterMs?: number; status?: number; cause?: unknown },
  ) {
    super(`${peer}: ${reason}`, { cause: options.cause });
    this.mend = options.mend;
    this.retryAfterMs = options.retryAfterMs ?? null;
    this.status = options.status ?? null;
  }
}
