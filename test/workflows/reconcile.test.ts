import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import type { ReconcileActivities, ReconcileOutcome } from '../../src/domain/reconcile-steps';
import { temporalAddress } from '../support/servers';

jest.setTimeout(60_000);
Runtime.install({ logger: new DefaultLogger('ERROR') });

const outcome: ReconcileOutcome = {
  healed: [],
  notHealed: [],
  lookedAt: 3,
  from: '2026-11-24T09:00:00Z',
  to: '2026-11-24T10:00:00Z',
};

let bundle: WorkflowBundleWithSourceMap;
let connection: NativeConnection;
let client: Client;
beforeAll(async () => {
  bundle = await bundleWorkflowCode({
    workflowsPath: require.resolve('../../src/workflows'),
    logger: new DefaultLogger('ERROR'),
  });
  connection = await NativeConnection.connect({ address: temporalAddress() });
  client = new Client({ connection: await Connection.connect({ address: temporalAddress() }) });
});
afterAll(async () => {
  await client.connection.close();
  await connection.close();
});

async function run(
  looked: ReconcileOutcome,
  syncExtensions: ReconcileActivities['syncExtensions'],
): Promise<ReconcileOutcome> {
  const taskQueue = `reconcile-${randomUUID()}`;
  const activities: ReconcileActivities = { reconcileCalls: async () => looked, syncExtensions };
  const worker = await Worker.create({
    connection,
    taskQueue,
    workflowBundle: bundle,
    activities: { ...activities },
  });
  return worker.runUntil(
    client.workflow.execute('reconcile', {
      taskQueue,
      workflowId: taskQueue,
      args: [{ connection: 'office', ordered: false, timeScale: 1_000 }],
    }) as Promise<ReconcileOutcome>,
  );
}

describe('a look at the call log', () => {
  it('takes over the extensions afterwards, when it is time', async () => {
    const asked: string[] = [];
    const sync: ReconcileActivities['syncExtensions'] = async ({ connection: id }) => {
      asked.push(id);
      return null;
    };
    expect(await run(outcome, sync)).toEqual(outcome);
    expect(asked).toEqual([]);
    expect(await run({ ...outcome, extensionsDue: true }, sync)).toEqual(outcome);
    expect(asked).toEqual(['office']);
  });

  it('does not fail because of a portal that does not answer', async () => {
    const away = (): Promise<never> =>
      Promise.reject(ApplicationFailure.create({ type: 'AuthorisationLost', nonRetryable: true }));
    expect(await run({ ...outcome, extensionsDue: true }, away)).toEqual(outcome);
  });
});
