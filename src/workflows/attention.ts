import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow';
import type { FailureDetail, FailureType } from '../domain/failures';
import { failureTypes } from '../domain/failures';

const minuteMs = 60_000;

/** Why a step failed, in the closed list of reactions. */
export interface StepFailure extends FailureDetail {
  type: FailureType;
}

/** Reads a step's failure; anything that is not in the closed list counts as "not yet", so that no call is dropped. */
export function describeFailure(error: unknown): StepFailure {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure) {
    const type = failureTypes.find((known) => known === cause.type) ?? 'NotYet';
    const detail = cause.details?.[0] as Partial<FailureDetail> | undefined;
    return {
      type,
      reason: detail?.reason ?? 'step-failed',
      mend: detail?.mend ?? 'See the failure in Temporal’s UI.',
      ...(detail?.nothingWritten === true ? { nothingWritten: true } : {}),
    };
  }
  if (cause instanceof TimeoutFailure)
    return {
      type: 'NotYet',
      reason: 'no-worker-answer',
      mend: 'See that a worker is running and can reach its peers.',
    };
  return { type: 'NotYet', reason: 'step-failed', mend: 'See the failure in Temporal’s UI.' };
}

/**
 * How long a call in `attention` waits before it tries by itself again; null: only a person can take it up.
 *
 * Waits grow, so that thirty days of waiting stay far below Temporal's limit of history events.
 */
export function nextTryInMs(type: FailureType, round: number): number | null {
  switch (type) {
    case 'NotYet':
      return minuteMs;
    case 'AuthorisationLost':
      return Math.min(minuteMs * 2 ** round, 60 * minuteMs);
    default:
      return null;
  }
}

/** How long one burst of retries lasts: ten minutes at first, up to six hours in a long outage. */
export function burstMs(round: number): number {
  return Math.min(10 * minuteMs * 2 ** round, 360 * minuteMs);
}
