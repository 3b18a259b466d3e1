import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Pool } from 'undici';
import { AdminClient } from '../../simulators/demo/admin-client';
import { bootstrapAdminKey } from '../../src/bootstrap-admin-key';
import type { Core } from '../../src/bridge';
import { openCore, runWorker } from '../../src/bridge';
import { readSettings } from '../../src/config/settings';
import { serveApi } from '../../src/serve-api';
import type { Store } from '../../src/store';
import { ensureSearchAttributes } from '../../src/worker/ensure-search-attributes';
import type { Servers } from './servers';
import { databaseUri } from './servers';

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
    await ensureSearchAttributes(core.client, core.target.namespace);
    if (options.worker) {
      const worker = await runWorker(core);
      undo.push(() => worker.stop());
    }
    const api = await serveApi(core, { uiUrl: null, forbiddenOrigins: [] });
    undo.push(() => api.close());
    const pool = new Pool(api.url, { connections: 64, pipelining: 1 });
    undo.push(() => pool.destroy());
    await new AdminClient(api.url, adminKey).connect(connection, servers.standIns, webhookToken, 'xapi');
    return { core, env, apiUrl: api.url, send: (event, fields) => sendWebhook(pool, event, fields), stop };
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

async function sendWebhook(
  pool: Pool,
  event: string,
  fields: object,
): Promise<{ workflowId: string; heldBy: string }> {
  const { statusCode, body } = await pool.request({
    method: 'POST',
    path: `/webhooks/3cx/${connection}/${event}`,
    headers: { authorization: `Bearer ${webhookToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(fields),
  });
  const answer = await body.text();
  if (statusCode !== 202) throw new Error(`The webhook was answered ${statusCode}: ${answer}`);
  return JSON.parse(answer) as { workflowId: string; heldBy: string };
}
