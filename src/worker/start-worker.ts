import type { DataConverter } from '@temporalio/common';
import type { NativeConnection, WorkerOptions } from '@temporalio/worker';
import { Worker } from '@temporalio/worker';
import type { Logger } from 'pino';
import { createActivities } from '../activities/create-activities';
import type { ActivityDependencies } from '../activities/dependencies';
import { recordingsAtOnce } from '../domain/recordings-at-once';
import { recordingQueue } from '../workflows/steps';
import { patientSandbox, workflowCode } from './workflow-code';

export interface CallWorkerOptions {
  connection: NativeConnection;
  namespace: string;
  taskQueue: string;
  dataConverter: DataConverter;
  activities: ActivityDependencies;
  log: Logger;
  /** The workflows, when they were bundled before; by default what `workflowCode` finds. */
  workflows?: Pick<WorkerOptions, 'workflowBundle'>;
}

/** A worker that runs until it is stopped. */
export interface RunningWorker {
  /** Lets activities in flight end within their grace, then stops. */
  stop(): Promise<void>;
  /** Whether both queues are polled. */
  isRunning(): boolean;
}

const restartDelayMs = 2_000;

/**
 * Starts the worker: calls on one queue, recordings on another with few slots of their own, so that a slow PBX or
 * portal holds no call up. A worker that breaks is started again.
 */
export async function startWorker(options: CallWorkerOptions): Promise<RunningWorker> {
  const activities = { ...createActivities(options.activities) };
  const common: Pick<
    WorkerOptions,
    'connection' | 'namespace' | 'dataConverter' | 'shutdownGraceTime' | 'shutdownForceTime'
  > = {
    connection: options.connection,
    namespace: options.namespace,
    dataConverter: options.dataConverter,
    shutdownGraceTime: '15 seconds',
    shutdownForceTime: '20 seconds',
  };
  const calls = (): Promise<Worker> =>
    Worker.create({
      ...common,
      ...(options.workflows ?? workflowCode()),
      taskQueue: options.taskQueue,
      activities,
      maxConcurrentActivityTaskExecutions: 50,
      maxConcurrentWorkflowTaskExecutions: 40,
      workflowTaskPollerBehavior: { type: 'autoscaling', initial: 4, maximum: 10 },
      activityTaskPollerBehavior: { type: 'autoscaling', initial: 4, maximum: 10 },
      reuseV8Context: true,
      ...patientSandbox,
    });
  const recordings = (): Promise<Worker> =>
    Worker.create({
      ...common,
      taskQueue: recordingQueue(options.taskQueue),
      activities: { attachRecording: activities.attachRecording },
      maxConcurrentActivityTaskExecutions: recordingsAtOnce,
    });
  const running = [await keepRunning(calls, options.log), await keepRunning(recordings, options.log)];
  return {
    stop: async () => {
      await Promise.all(running.map((worker) => worker.stop()));
    },
    isRunning: () => running.every((worker) => worker.isRunning()),
  };
}

/** Runs a worker and makes a new one when it breaks; the first must succeed, so that a bad set-up stops the start. */
async function keepRunning(create: () => Promise<Worker>, log: Logger): Promise<RunningWorker> {
  let worker = await create();
  let stopping = false;
  const life = (async () => {
    for (;;) {
      try {
        await worker.run();
      } catch (error) {
        log.error({ err: error }, 'The worker broke');
      }
      while (!stopping) {
        await new Promise((resolve) => setTimeout(resolve, restartDelayMs));
        if (stopping) break;
        try {
          worker = await create();
          break;
        } catch (error) {
          log.error({ err: error }, 'The worker did not start again');
        }
      }
      if (stopping) return;
    }
  })();
  return {
    stop: async () => {
      stopping = true;
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await life;
    },
    isRunning: () => worker.getState() === 'RUNNING',
  };
}
