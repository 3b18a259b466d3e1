import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { AdminClient } from '../../simulators/demo/admin-client';
import { bootstrapAdminKey } from '../../src/bootstrap-admin-key';
import type { Core } from '../../src/bridge';
import { openCore, runWorker } from '../../src/bridge';
import { readSettings } from '../../src/config/settings';
import { serveApi } from '../../src/serve-api';
import type { Store } from '../../src/store';
import type { Servers } from './servers';
import { databaseUri } from './servers';
import { WebhookClient } from './webhook-client';

/** Connection, token and keys of every benchmark: nothing outside reaches them. */
export const connection = 'bench';
const webhookToken = 'webhook-token-of-the-bench';
const adminKey = 'admin-key-of-the-bench';

export interface BridgeOptions {
  /** Of the database and the task queue. */
  name: string;
  /** Whether a worker runs in this process; without one its task queue is polled by nobody. */
  worker: boolean;
  /** Whether our own budget of the portal makes requests wait. The budget is asked either way, at its usual price. */
  portalBudget: boolean;
}

/** The product in this process: API, and worker if wanted, with a connection to the stand-ins. */
export interface BenchBridge {
  core: Core;
  apiUrl: string;
  /** Environment of a process that joins this installation. */
  env: Record<string, string>;
  /** Sends one webhook over a connection that is kept alive, and answers when its 202 is read. @throws for any other status. */
  send(event: string, fields: object): Promise<{ workflowId: string; heldBy: string }>;
  stop(): Promise<void>;
}

/** Starts the product on the servers of the bench, with a database of its own. */
export async function openBridge(servers: Servers, options: BridgeOptions): Promise<BenchBridge> {
  const undo: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  const dataDir = path.join(servers.dir, options.name);
  await mkdir(dataDir, { recursive: true });
  const env = {
    PORT: '0',
    DATA_DIR: dataDir,
    DATA_KEY: Buffer.alloc(32, 7).toString('base64'),
    ADMIN_API_KEY: adminKey,
    TEMPORAL_ADDRESS: servers.temporalAddress,
    TEMPORAL_TASK_QUEUE: `bench-${options.name}`,
    MONGODB_URI: databaseUri(servers, `bench_${options.name}`),
  };
  try {
    const settings = readSettings(env, { needsServers: true });
    const at = {
      embeddedTemporal: servers.temporalAddress,
      mongodbUri: env.MONGODB_URI,
      dataKey: env.DATA_KEY,
    };
    const opened = await openCore(settings, at, servers.log);
    undo.push(() => opened.close());
    const core = options.portalBudget ? opened : { ...opened, store: withoutWaits(opened.store) };
    await bootstrapAdminKey(settings, core.store);
    if (options.worker) {
      const worker = await runWorker(core);
      undo.push(() => worker.stop());
    }
    const api = await serveApi(core, { uiUrl: null, forbiddenOrigins: [] });
    undo.push(() => api.close());
    const client = new WebhookClient(api.url);
    undo.push(() => client.close());
    await new AdminClient(api.url, adminKey).connect(connection, servers.standIns, webhookToken, 'xapi');
    const headers = { authorization: `Bearer ${webhookToken}` };
    const send: BenchBridge['send'] = (event, fields) =>
      client.post(`/webhooks/3cx/${connection}/${event}`, fields, headers);
    return { core, env, apiUrl: api.url, send, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The budget is asked as ever, but lets everything pass: for what the machine can do, not for what the portal allows. */
function withoutWaits(store: Store): Store {
  const take: Store['budget']['take'] = async (...args) => {
    await store.budget.take(...args);
    return { waitMs: 0 };
  };
  const budget = new Proxy(store.budget, {
    get: (target, name) => {
      if (name === 'take') return take;
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
  return { ...store, budget };
}
