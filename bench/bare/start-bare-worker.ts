import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import type { Servers } from '../lab/servers';
import { createBareActivities } from './activities';

/** The task queue of the bare calls. */
export const bareQueue = 'bench-bare';

/** A worker of bare calls in this process, and a client without codec. */
export interface BareWorker {
  client: Client;
  stop(): Promise<void>;
}

/** Starts it with the settings that `src/worker/start-worker.ts` gives the product's. */
export async function startBareWorker({ temporalAddress, standIns }: Servers): Promise<BareWorker> {
  const { pbx } = standIns;
  const clientId = 'bare';
  if (!pbx.control.directory.apiClients.some((one) => one.clientId === clientId))
    pbx.control.addApiClient({ clientId });
  const connection = await Connection.connect({ address: temporalAddress });
  const native = await NativeConnection.connect({ address: temporalAddress });
  const worker = await Worker.create({
    connection: native,
    taskQueue: bareQueue,
    workflowsPath: require.resolve('./workflows'),
    activities: createBareActivities(standIns, pbx.control.mintToken(clientId)),
    maxConcurrentActivityTaskExecutions: 50,
    maxConcurrentWorkflowTaskExecutions: 40,
    workflowTaskPollerBehavior: { type: 'autoscaling', initial: 4, maximum: 10 },
    activityTaskPollerBehavior: { type: 'autoscaling', initial: 4, maximum: 10 },
    reuseV8Context: true,
  });
  const life = worker.run();
  return {
    client: new Client({ connection }),
    stop: async () => {
      worker.shutdown();
      await life;
      await native.close();
      await connection.close();
    },
  };
}
