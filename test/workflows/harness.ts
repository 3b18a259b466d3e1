import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { Client, Connection } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { ApplicationFailure } from '@temporalio/common';
import { startAttributes } from '../../src/workflows/search-attributes';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { CallEvent } from '../../src/domain/call-event';
import type {
  CallActivities,
  FinishInput,
  PrepareInput,
  PrepareResult,
  RecordingInput,
  RegisterInput,
  SaveInput,
} from '../../src/domain/call-steps';
import type { CallView } from '../../src/domain/call-view';
import type { AskCallLogInput } from '../../src/domain/reconcile-steps';
import { rulesSchema } from '../../src/domain/connection';
import type { FailureType } from '../../src/domain/failures';
import { patientSandbox } from '../../src/worker/workflow-code';
import { recordingQueue } from '../../src/workflows/steps';
import { temporalAddress } from '../support/servers';

/** Every step that the workflow asked for, with its input, in order. */
export interface Step {
  name: keyof CallActivities;
  input: unknown;
}

/** A world in which every step succeeds, written down; single steps can be replaced. */
export class FakeWorld {
  readonly steps: Step[] = [];
  replace: Partial<CallActivities> = {};
  rules = rulesSchema.parse({ fallbackUserId: 1 });
  users: Record<string, number> = { '201': 1201, '202': 1202, '203': 1203 };
  queues = ['800'];
  /** What the look-up answers beside the usual. */
  alsoResolved: Partial<Extract<PrepareResult, { outcome: 'resolved' }>> = {};
  /** What the call log of the PBX knows of a call. */
  callLogKnows: (input: AskCallLogInput) => Promise<CallEvent | null> = async () => null;
  readonly askedCallLog: AskCallLogInput[] = [];

  readonly activities: CallActivities = {
    prepareCall: (input) => this.step('prepareCall', input, () => this.prepare(input)),
    registerCall: (input) =>
      this.step('registerCall', input, () => ({
        bitrix24CallId: `externalCall.${input.callId}`,
        userId: input.parameters.userId,
        marks: [],
        alreadyFinished: false,
        saved: true,
      })),
    updateCards: (input) => this.step('updateCards', input, () => undefined),
    finishCall: (input) =>
      this.step('finishCall', input, () => ({
        bitrix24CallId: input.bitrix24CallId,
        userId:
          (input.extension === null ? undefined : this.users[input.extension]) ?? input.registeredUserId,
        statisticsId: '7',
        activityId: '8',
        marks: [],
        saved: true,
      })),
    attachRecording: (input) =>
      this.step('attachRecording', input, () => ({ state: 'attached', bytes: 100, parts: 1, saved: true })),
    saveCall: (input) => this.step('saveCall', input, () => undefined),
    passOnEvent: (input) => this.step('passOnEvent', input, () => undefined),
  };

  named(name: keyof CallActivities): Step[] {
    return this.steps.filter((step) => step.name === name);
  }

  get registered(): RegisterInput[] {
    return this.named('registerCall').map((step) => step.input as RegisterInput);
  }

  get finished(): FinishInput[] {
    return this.named('finishCall').map((step) => step.input as FinishInput);
  }

  get recordings(): RecordingInput[] {
    return this.named('attachRecording').map((step) => step.input as RecordingInput);
  }

  get saved(): SaveInput[] {
    return this.named('saveCall').map((step) => step.input as SaveInput);
  }

  private prepare(input: PrepareInput): PrepareResult {
    const extensions = input.extensions.map((extension) => [
      extension,
      this.queues.includes(extension)
        ? { kind: 'queue' as const }
        : this.users[extension] === undefined
          ? { kind: 'unmapped' as const }
          : { kind: 'person' as const, userId: this.users[extension] },
    ]);
    if (!input.registered && input.direction === 'internal')
      return { outcome: 'not-sent', reason: 'internal' };
    return {
      outcome: 'resolved',
      extensions: Object.fromEntries(extensions),
      lineNumber: input.did,
      lineFallbackUserId: null,
      crmCreate: true,
      rules: this.rules,
      httpTimeoutMs: 1_000,
      ...this.alsoResolved,
    };
  }

  private async step<N extends keyof CallActivities>(
    name: N,
    input: Parameters<CallActivities[N]>[0],
    usual: () => unknown,
  ): Promise<never> {
    this.steps.push({ name, input });
    const replaced = this.replace[name] as ((given: unknown) => unknown) | undefined;
    return (await (replaced === undefined ? usual() : replaced(input))) as never;
  }
}

/** A failure as the activities throw it. */
export function failure(type: FailureType, reason: string): ApplicationFailure {
  return ApplicationFailure.create({
    type,
    nonRetryable: type !== 'NotYet',
    message: reason,
    details: [{ reason, mend: 'mend it' }],
  });
}

let serial = 0;

/** An event with a key of its own; the facts are given. */
export function event(kind: CallEvent['event'], facts: Partial<CallEvent> = {}): CallEvent {
  serial += 1;
  return {
    event: kind,
    deliveryKey: `key-${serial}`,
    receivedAt: new Date().toISOString(),
    source: 'webhook',
    ...facts,
  };
}

/** What the first event of an inbound call tells beside who it is about. */
export const callStart = {
  callerNumber: '79991234567',
  did: '74951234567',
  direction: 'inbound',
  startedAt: '2026-11-24T09:00:00+03:00',
} as const;

/** The answer ten seconds after the start, with all that the start tells. */
export function answered(extension = '201'): CallEvent {
  return event('call-answered', { ...callStart, extension, answeredAt: '2026-11-24T09:00:10+03:00' });
}

/** The end after a minute of talk. */
export function ended(extension = '201'): CallEvent {
  return event('call-ended', {
    extension,
    durationSeconds: 60,
    status: 'answered',
    endedAt: '2026-11-24T09:01:10+03:00',
  });
}

export interface Lab {
  client: Client;
  /** Sends the events in order to one call, starting it when needed. */
  send(callId: string, ...events: CallEvent[]): Promise<WorkflowHandle>;
  view(callId: string): Promise<CallView>;
  /** Stops the worker and starts one of another build in its place. */
  deploy(workflowsPath: string): Promise<void>;
  close(): Promise<void>;
}

/** Today's workflows. */
export const todaysWorkflows = require.resolve('../../src/workflows');

// Once, before the first worker or connection of this test file.
const logger = new DefaultLogger('ERROR');
Runtime.install({ logger });

const bundles = new Map<string, WorkflowBundleWithSourceMap>();

async function bundleOf(workflowsPath: string): Promise<WorkflowBundleWithSourceMap> {
  const made = bundles.get(workflowsPath) ?? (await bundleWorkflowCode({ workflowsPath, logger }));
  bundles.set(workflowsPath, made);
  return made;
}

/** Runs the real workflow on the real server against a fake world, with timers a hundred times as fast. */
export async function openLab(
  world: FakeWorld,
  options: { timeScale?: number; dataConverter?: DataConverter } = {},
): Promise<Lab> {
  const address = temporalAddress();
  const connection = await NativeConnection.connect({ address });
  const { dataConverter } = options;
  const client = new Client({ connection: await Connection.connect({ address }), dataConverter });
  const taskQueue = `test-${randomUUID()}`;
  const runCalls = async (workflowsPath: string): Promise<() => Promise<void>> => {
    const worker = await Worker.create({
      connection,
      dataConverter,
      taskQueue,
      workflowBundle: await bundleOf(workflowsPath),
      ...patientSandbox,
      activities: {
        ...world.activities,
        askCallLog: (input: AskCallLogInput) => {
          world.askedCallLog.push(input);
          return world.callLogKnows(input);
        },
      },
    });
    const life = worker.run();
    return async () => {
      worker.shutdown();
      await life;
    };
  };
  let stopCalls = await runCalls(todaysWorkflows);
  const recordings = await Worker.create({
    connection,
    dataConverter,
    taskQueue: recordingQueue(taskQueue),
    activities: { attachRecording: world.activities.attachRecording },
  });
  const attaching = recordings.run();
  const prefix = `call/${taskQueue}`;
  const send: Lab['send'] = async (callId, ...events) => {
    const workflowId = `${prefix}/${callId}`;
    for (const one of events)
      await client.workflow.signalWithStart('call', {
        workflowId,
        taskQueue,
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        args: [{ connection: taskQueue, callId, workflowId, timeScale: options.timeScale ?? 100 }],
        typedSearchAttributes: startAttributes(taskQueue, one ?? ({} as CallEvent)),
        signal: 'callEvent',
        signalArgs: [one],
      });
    return client.workflow.getHandle(workflowId);
  };
  return {
    client,
    send,
    view: (callId) => client.workflow.getHandle(`${prefix}/${callId}`).query<CallView>('callState'),
    deploy: async (workflowsPath) => {
      await stopCalls();
      stopCalls = await runCalls(workflowsPath);
    },
    close: async () => {
      recordings.shutdown();
      await Promise.all([stopCalls(), attaching]);
      await client.connection.close();
      await connection.close();
    },
  };
}
