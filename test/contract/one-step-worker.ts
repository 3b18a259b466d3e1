import { randomBytes, randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { parseDataKeys } from '../../src/store';
import { dataConverterWith } from '../../src/worker/data-converter';
import { EncryptingPayloadCodec } from '../../src/worker/payload-codec';
import { temporalAddress } from '../support/servers';

/**
 * Runs a workflow of one step on a real server, with payloads encrypted as in production, and gives what the workflow
 * gives.
 */
export async function runOneStep(
  workflow: 'oneStep' | 'oneShortStep',
  step: () => Promise<string[]>,
): Promise<unknown> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const address = temporalAddress();
  const connection = await NativeConnection.connect({ address });
  const dataConverter = dataConverterWith(
    new EncryptingPayloadCodec(parseDataKeys(randomBytes(32).toString('base64'))),
  );
  const client = new Client({ connection: await Connection.connect({ address }), dataConverter });
  const taskQueue = `test-${randomUUID()}`;
  const worker = await Worker.create({
    connection,
    taskQueue,
    dataConverter,
    workflowBundle: await bundleWorkflowCode({
      workflowsPath: require.resolve('./one-step-workflow'),
      logger: new DefaultLogger('ERROR'),
    }),
    activities: { step },
  });
  const result: unknown = await worker.runUntil(
    client.workflow.execute(workflow, {
      taskQueue,
      workflowId: taskQueue,
      workflowExecutionTimeout: '1 minute',
    }),
  );
  await client.connection.close();
  await connection.close();
  return result;
}
