import type { ActivityOptions } from '@temporalio/workflow';
import { ActivityCancellationType, proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { CallActivities } from '../domain/call-steps';

/** Recordings run on a queue of their own, so that a slow PBX or portal holds no other call up. */
export function recordingQueue(taskQueue: string): string {
  return `${taskQueue}-recordings`;
}

/** Numbers that the options of a step are derived from. */
export interface StepLimits {
  /** The longest one request to Bitrix24 may take. */
  httpTimeoutMs: number;
  timeScale: number;
  taskQueue: string;
}

/** Names of the steps, in the words that operators read in Temporal's UI. */
const summaries: Record<keyof CallActivities, string> = {
  prepareCall: 'Look up extension, line and rules',
  registerCall: 'Register the call in Bitrix24',
  updateCards: 'Show or hide the call card',
  finishCall: 'Finish the call in Bitrix24',
  attachRecording: 'Fetch the recording from 3CX and attach it',
  saveCall: 'Write the call to the ledger',
  passOnEvent: 'Pass an event on to the call that it belongs to',
};

/** Live work overtakes backlog where a queue has one: 1 is first. */
const priorities: Partial<Record<keyof CallActivities, number>> = {
  registerCall: 1,
  updateCards: 2,
  finishCall: 2,
  attachRecording: 5,
};

/** Retries of one burst; when a burst is used up the call goes to `attention` and tries again later. */
function options(step: keyof CallActivities, limits: StepLimits, burstMs: number): ActivityOptions {
  const scaled = (ms: number): number => Math.max(1, Math.round(ms / limits.timeScale));
  return {
    startToCloseTimeout: limits.httpTimeoutMs + 10_000,
    // The attempt in flight must be able to end even when timers are shortened.
    scheduleToCloseTimeout: Math.max(scaled(burstMs), limits.httpTimeoutMs + 15_000),
    // Bursts grow with an outage; so do the pauses in them, from half a minute to five.
    retry: {
      initialInterval: scaled(1_000),
      backoffCoefficient: 2,
      maximumInterval: scaled(Math.min(Math.max(burstMs / 20, 30_000), 300_000)),
    },
    summary: summaries[step],
    priority: { priorityKey: priorities[step] ?? 3 },
  };
}

/**
 * The look-up, in the same breath as the workflow task: it takes milliseconds, may be repeated, and every call makes it
 * at least once. While MongoDB is away its retries wait on timers of the workflow.
 */
export function lookUpStep(limits: StepLimits, burstMs: number): CallActivities['prepareCall'] {
  const {
    startToCloseTimeout: _ofPeers,
    priority: _noQueue,
    ...common
  } = options('prepareCall', limits, burstMs);
  return proxyLocalActivities<CallActivities>({
    ...common,
    startToCloseTimeout: 5_000,
    localRetryThreshold: 2_000,
  }).prepareCall;
}

/** A step that asks MongoDB only. */
export function storeStep<K extends 'saveCall' | 'passOnEvent'>(
  step: K,
  limits: StepLimits,
  burstMs: number,
): CallActivities[K] {
  return proxyActivities<CallActivities>({ ...options(step, limits, burstMs), startToCloseTimeout: 10_000 })[
    step
  ];
}

/** A step that writes to Bitrix24. */
export function bitrix24Step<K extends 'registerCall' | 'finishCall'>(
  step: K,
  limits: StepLimits,
  burstMs: number,
): CallActivities[K] {
  return proxyActivities<CallActivities>(options(step, limits, burstMs))[step];
}

/** Cards are a courtesy of the moment: a few seconds of trying, then never mind. */
export function cardStep(limits: StepLimits): CallActivities['updateCards'] {
  return proxyActivities<CallActivities>({
    ...options('updateCards', limits, 20_000),
    scheduleToCloseTimeout: limits.httpTimeoutMs + 20_000,
    retry: { maximumAttempts: 3 },
  }).updateCards;
}

/**
 * Waits for the recording as long as it takes; the activity itself says when to look again. One attempt may fetch and upload
 * for hours where several recordings share a slow line: heartbeats, not its time, tell that its worker is dead.
 */
export function recordingStep(limits: StepLimits, waitMs: number): CallActivities['attachRecording'] {
  const scaled = (ms: number): number => Math.max(1, Math.round(ms / limits.timeScale));
  return proxyActivities<CallActivities>({
    taskQueue: recordingQueue(limits.taskQueue),
    startToCloseTimeout: '3 hours',
    scheduleToCloseTimeout: scaled(waitMs) + 3_600_000,
    heartbeatTimeout: 15_000,
    // Two attempts of one recording never run side by side.
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: { initialInterval: scaled(5_000), backoffCoefficient: 2, maximumInterval: scaled(1_800_000) },
    summary: summaries.attachRecording,
    priority: { priorityKey: priorities.attachRecording },
  }).attachRecording;
}
