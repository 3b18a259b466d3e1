import type { CallEventKind, Direction } from './call-event';

export const callStates = ['open', 'finished', 'attention'] as const;
export type CallState = (typeof callStates)[number];

export const recordingStates = ['none', 'waiting', 'attached', 'unavailable'] as const;
export type RecordingState = (typeof recordingStates)[number];

export interface RecordingView {
  state: RecordingState;
  reason?: string;
  bytes?: number;
  attempts: number;
  nextAttemptAt?: string;
}

/** Why a call waits for somebody, and what that somebody should do. */
export interface AttentionView {
  reason: string;
  since: string;
  nextAttemptAt?: string;
  mend: string;
}

/** One request to Bitrix24 or 3CX made for a call; `outcome` is a short word such as `ok` or `not-yet`. */
export interface RequestView {
  method: string;
  at: string;
  attempt: number;
  outcome: string;
}

/**
 * One call as the admin API shows it and as the ledger keeps it. Holds no phone number: `caller` is an ellipsis and
 * the last two digits. Times are ISO 8601 with offset; unknown fields are null.
 */
export interface CallView {
  callId: string;
  workflowId: string;
  state: CallState;
  bitrix24CallId: string | null;
  direction: Direction | null;
  extension: string | null;
  userId: number | null;
  did: string | null;
  lineNumber: string | null;
  caller: string | null;
  /** Bitrix24 status code, null until finished. */
  status: string | null;
  startedAt: string | null;
  answeredAt: string | null;
  endedAt: string | null;
  durationSeconds: number | null;
  marks: string[];
  recording: RecordingView;
  attention?: AttentionView;
  events: { event: CallEventKind; at: string; source: string }[];
  requests: RequestView[];
}
