/**
 * Errors by reaction: the closed list of `ApplicationFailure` types that activities throw and the call workflow reads.
 *
 * - `NotYet`: try again by itself, `nextRetryDelay` says when (rate limit, PBX or portal down, recording not written yet). Retryable.
 * - `Refused`: the other side understood and said no for good; repeating cannot help. Not retryable.
 * - `Gone`: what we asked about does not exist any more. Not retryable.
 * - `AuthorisationLost`: our credentials no longer work; stop and tell an operator, never hammer. Not retryable.
 * - `NeedsPerson`: an ambiguous write that cannot be looked up; only a person can decide. Not retryable.
 */
export const failureTypes = ['NotYet', 'Refused', 'Gone', 'AuthorisationLost', 'NeedsPerson'] as const;
export type FailureType = (typeof failureTypes)[number];

/** First element of a failure's `details`: shown to operators, so no personal datum and no secret. */
export interface FailureDetail {
  /** Stable short word, e.g. `portal-unreachable`, `user-not-found`. */
  reason: string;
  /** What a person should do about it, one plain sentence. */
  mend: string;
  /** Proved: no attempt of this burst has written anything, so a later one need not look first. */
  nothingWritten?: true;
}
