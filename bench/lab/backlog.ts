import { bundleWorkflowCode, DefaultLogger, NativeConnection, Worker } from '@temporalio/worker';
import type { RecordingInput } from '../../src/domain/call-steps';
import { workflowIdFor } from '../../src/domain/call-id';
import { dropReconcileSchedule } from '../../src/worker/reconcile-schedule';
import { createBareActivities } from '../bare/activities';
import type { BenchBridge } from './bridge';
import { connection } from './bridge';
import { inFlight } from './in-flight';
import { playCall } from './played-call';
import type { Servers } from './servers';

const backlogQueue = 'bench-backlog';

/** Calls that are finished in the portal and whose recordings wait in the PBX. */
export interface Backlog {
  /** Lets the product's workers begin with all of them at once. */
  release(): Promise<void>;
  stop(): Promise<void>;
}

/** Makes the calls behind the product's back, with the portal's limits lifted meanwhile. */
export async function makeBacklog(servers: Servers, bridge: BenchBridge, count: number): Promise<Backlog> {
  const { standIns } = servers;
  const { portal } = standIns;
  const { register, finish } = createBareActivities(standIns, '');
  const inputs: RecordingInput[] = [];
  // A look at the call log would take these calls, which no workflow of the product knows, for forgotten ones.
  await dropReconcileSchedule(bridge.core.client, connection);
  portal.control.set({ rateLimited: false });
  await inFlight(count, 8, async () => {
    const call = await playCall(standIns);
    const bitrix24CallId = await register(call);
    await finish(call, bitrix24CallId);
    inputs.push(inputOf(call, bitrix24CallId));
  });
  portal.control.set({ rateLimited: true });
  const workflowsPath = require.resolve('../bare/backlog-workflow');
  const workflowBundle = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
  const native = await NativeConnection.connect({ address: servers.temporalAddress });
  const worker = await Worker.create({
    connection: native,
    taskQueue: backlogQueue,
    dataConverter: bridge.core.client.options.loadedDataConverter as object,
    workflowBundle,
  });
  const life = worker.run();
  const taskQueue = bridge.env.TEMPORAL_TASK_QUEUE;
  return {
    release: () =>
      inFlight(inputs.length, 16, async (index) => {
        const input = inputs[index]!;
        const workflowId = `backlog/${input.callId}`;
        const args = [taskQueue, input];
        await bridge.core.client.workflow.start('backlog', { workflowId, taskQueue: backlogQueue, args });
      }),
    stop: async () => {
      worker.shutdown();
      await life;
      await native.close();
    },
  };
}

function inputOf(call: Awaited<ReturnType<typeof playCall>>, bitrix24CallId: string): RecordingInput {
  const { callId, callerNumber, startedAt, answeredAt, endedAt, durationSeconds } = call;
  const ref = { connection, callId, workflowId: workflowIdFor(connection, callId) };
  const did = '74951234567';
  return {
    ...ref,
    bitrix24CallId,
    direction: 'inbound',
    extensions: ['101'],
    callerNumber,
    did,
    startedAt,
    answeredAt,
    endedAt,
    durationSeconds,
    recordingId: null,
    deadline: new Date(Date.now() + 48 * 3_600_000).toISOString(),
    view: {
      ...ref,
      state: 'finished',
      bitrix24CallId,
      direction: 'inbound',
      extension: '101',
      userId: 1269,
      did,
      lineNumber: did,
      caller: null,
      status: '200',
      startedAt,
      answeredAt,
      endedAt,
      durationSeconds,
      marks: [],
      recording: { state: 'waiting', attempts: 0 },
      events: [],
      requests: [],
    },
    revision: 4_000_000,
    deliveryKeys: [],
  };
}
