import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Bitrix24Simulator } from '../simulators/bitrix24';
import { startBitrix24Simulator } from '../simulators/bitrix24';
import type { ThreecxSimulator } from '../simulators/threecx';
import { startThreecxSimulator } from '../simulators/threecx';
import type { WebhookTarget } from '../simulators/threecx/play-options';
import { freePort } from '../src/embedded';
import { eventually } from '../test/support/eventually';
import { Proxy } from './proxy';
import { OwnServers } from './servers';
import { Slot } from './slot';

/** Extensions of the stand-in PBX and the Bitrix24 users behind them. */
export const users: Record<string, number> = {
  '101': 1269,
  '102': 1270,
  '103': 1271,
  '201': 1280,
  '202': 1281,
};
export const lines = ['74951234567', '78121234567'];
export const connection = 'chaos';

/** Divides the workflow's timers, so that a run fits into minutes. */
const timeScale = 20;
/** Longest request to the portal; the stand-in's gateway gives up before that, as the real one does. */
export const httpTimeoutMs = 3_000;
const portalCutsAfterMs = 2_500;

/** The edges with a proxy on each. `front`: from the PBX to whichever API takes the connection. */
export type Edge = 'front' | 'apiTemporal' | 'workerTemporal' | 'apiMongod' | 'workerMongod';

/** The whole system of one run: servers, processes, stand-ins and the proxies between them. */
export class ChaosLab {
  readonly webhookToken = randomBytes(18).toString('base64url');
  readonly adminKey = `admin-${randomBytes(18).toString('base64url')}`;

  private constructor(
    readonly dir: string,
    readonly servers: OwnServers,
    readonly pbx: ThreecxSimulator,
    readonly portal: Bitrix24Simulator,
    readonly edges: Record<Edge, Proxy>,
    apiPorts: number[],
    private readonly undo: (() => Promise<unknown> | void)[],
  ) {
    const dataKey = randomBytes(32).toString('base64');
    const env = (side: 'api' | 'worker', name: string, port: number): Record<string, string> => ({
      TEMPORAL_ADDRESS: edges[`${side}Temporal`].address,
      TEMPORAL_TASK_QUEUE: 'chaos',
      MONGODB_URI: servers.mongod.uri.replace(/127\.0\.0\.1:\d+/, edges[`${side}Mongod`].address),
      DATA_KEY: dataKey,
      DATA_DIR: path.join(dir, name),
      ADMIN_API_KEY: this.adminKey,
      WORKFLOW_TIME_SCALE: String(timeScale),
      HTTP_TIMEOUT_MS: String(httpTimeoutMs),
      PORT: String(port),
    });
    this.apis = apiPorts.map(
      (port, index) => new Slot('api', `api-${index}`, env('api', `api-${index}`, port)),
    );
    this.workers = [0, 1].map(
      (index) => new Slot('worker', `worker-${index}`, env('worker', `worker-${index}`, 0)),
    );
    undo.push(() => Promise.all(this.slots.map((slot) => slot.down('SIGKILL'))));
  }

  readonly apis: Slot[];
  readonly workers: Slot[];

  get slots(): Slot[] {
    return [...this.apis, ...this.workers];
  }

  /** Starts everything and makes the connection. Whatever was started is stopped again when a part fails. */
  static async open(seed: number, undo: (() => Promise<unknown> | void)[]): Promise<ChaosLab> {
    const dir = await mkdtemp(path.join(os.tmpdir(), 'bridge-chaos-'));
    undo.push(() => rm(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));
    const servers = await OwnServers.start(dir);
    undo.push(() => servers.stop());
    const portal = await startBitrix24Simulator({
      faultSeed: seed,
      switches: {
        rateLimited: false,
        operatingLimitSeconds: 1e9,
        plan: 'enterprise',
        cutAfterMs: portalCutsAfterMs,
      },
    });
    undo.push(() => portal.close());
    portal.control.addUser({ id: 1280, name: 'Pavel Nevsky', extension: '201' });
    portal.control.addUser({ id: 1281, name: 'Olga Nevskaya', extension: '202' });
    const pbx = await startThreecxSimulator({ faultSeed: seed });
    undo.push(() => pbx.close());
    const apiPorts = [await freePort(), await freePort()];
    const edges = {
      front: await Proxy.start(apiPorts),
      apiTemporal: await Proxy.start([servers.temporal.port]),
      workerTemporal: await Proxy.start([servers.temporal.port]),
      apiMongod: await Proxy.start([servers.mongod.port]),
      workerMongod: await Proxy.start([servers.mongod.port]),
    };
    undo.push(() => Promise.all(Object.values(edges).map((edge) => edge.close())));
    const lab = new ChaosLab(dir, servers, pbx, portal, edges, apiPorts, undo);
    for (const slot of lab.slots) {
      await mkdir(path.join(dir, slot.name), { recursive: true });
      slot.up();
    }
    await lab.allReady();
    await lab.connect();
    return lab;
  }

  /** Waits until every process says that it is ready. */
  async allReady(timeoutMs = 180_000): Promise<void> {
    await eventually(
      () => this.slots.every((slot) => slot.isReady),
      'every process is ready',
      timeoutMs,
    ).catch((error: unknown) => {
      const last = this.slots.map((slot) => `${slot.name}: ${slot.output.slice(-2_000)}`);
      throw new Error(`A process does not start.\n${last.join('\n')}`, { cause: error });
    });
  }

  /** Where the stand-in PBX sends its webhooks. */
  get target(): WebhookTarget {
    return { url: `http://${this.edges.front.address}`, connection, token: this.webhookToken };
  }

  /** One request to the admin API of whichever API takes it. @throws when it is refused. */
  async admin<T = unknown>(method: string, route: string, body?: unknown, timeoutMs = 60_000): Promise<T> {
    const answer = await fetch(`${this.target.url}/api/v1/${route}`, {
      method,
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        authorization: `Bearer ${this.adminKey}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${route} answered ${answer.status}: ${text.slice(0, 500)}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  /** Ends everything in the reverse order of its start. */
  async close(): Promise<void> {
    for (const step of this.undo.splice(0).reverse())
      await Promise.resolve(step()).catch((error: unknown) => {
        process.stderr.write(`A part did not stop well: ${String(error)}\n`);
      });
  }

  private async connect(): Promise<void> {
    const base = `connections/${connection}`;
    const { clientId, clientSecret } = this.pbx.control.apiClient;
    await this.admin('PUT', base, {
      timeZone: 'Europe/Moscow',
      country: 'RU',
      webhookTokens: [this.webhookToken],
      threecx: {
        baseUrl: this.pbx.url,
        auth: { kind: 'client-credentials', clientId, clientSecret },
        recordings: 'xapi',
      },
      bitrix24: { auth: { kind: 'webhook', url: this.portal.webhookUrl }, plan: 'enterprise' },
      rules: { fallbackUserId: 1 },
    });
    for (const [extension, userId] of Object.entries(users))
      await this.admin('PUT', `${base}/extensions/${extension}`, { userId });
    for (const queue of ['800', '801', '802'])
      await this.admin('PUT', `${base}/extensions/${queue}`, { kind: 'queue' });
    for (const line of lines)
      await this.admin('PUT', `${base}/lines/${line}`, { lineNumber: line, name: line });
  }
}
