import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import type { FailureDetail, FailureType } from '../domain/failures';
import { PeerError } from '../domain/peer-error';

const typeOfReaction: Record<PeerError['reaction'], FailureType> = {
  'not-yet': 'NotYet',
  ambiguous: 'NotYet',
  refused: 'Refused',
  gone: 'Gone',
  authorisation: 'AuthorisationLost',
};

/** Try again by itself, after `delayMs` when given. Benign: waiting is no error in anybody's log. */
export function notYet(
  detail: FailureDetail,
  options: { delayMs?: number; cause?: unknown } = {},
): ApplicationFailure {
  return make('NotYet', detail, options);
}

/** Only a person can decide; the call waits in `attention`. */
export function needsPerson(reason: string, mend: string, cause?: unknown): ApplicationFailure {
  return make('NeedsPerson', { reason, mend }, { cause });
}

/** Said no for good, or no longer there. */
export function refused(reason: string, mend: string, cause?: unknown): ApplicationFailure {
  return make('Refused', { reason, mend }, { cause });
}

/**
 * The one place where a foreign error becomes an `ApplicationFailure`. Errors that are no {@link PeerError} pass
 * unchanged: the workflow counts them as "not yet".
 *
 */
export function toFailure(error: unknown): unknown {
  if (!(error instanceof PeerError)) return error;
  const { reason, mend, retryAfterMs } = error;
  return make(
    typeOfReaction[error.reaction],
    { reason, mend },
    { delayMs: retryAfterMs ?? undefined, cause: error },
  );
}

function make(
  type: FailureType,
  detail: FailureDetail,
  { delayMs, cause }: { delayMs?: number; cause?: unknown },
): ApplicationFailure {
  return ApplicationFailure.create({
    type,
    message: `${detail.reason}. ${detail.mend}`,
    nonRetryable: type !== 'NotYet',
    nextRetryDelay: delayMs,
    category: type === 'NotYet' ? ApplicationFailureCategory.BENIGN : undefined,
    details: [detail],
    cause: cause instanceof Error ? cause : undefined,
  });
}
