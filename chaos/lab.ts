import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Bitrix24Simulator } from '../simulators/bitrix24';
import { startBitrix24Simulator } from '../simulators/bitrix24';
import type { ThreecxSimulator } from '../simulators/threecx';
import { startThreecxSimulator } from '../simulators/threecx';
import type { WebhookTarget } from '../simulators/threecx/play-options';
import type { ReconcileOutcome } from '../src/domain/reconcile-steps';
import { freePort } from '../src/embedded';
import { eventually } from '../test/support/eventually';
import { buildInto } from './build';
import { Database } from './database';
import { Editor } from './editor';
import type { Target } from './kinds';
import { connection, fallbackUserId, lines, users } from './office';
import { Proxy } from './proxy';
import { openRunFolder } from './run-folder';
import { OwnServers } from './servers';
import { Slot } from './slot';
import type { Violation } from './violation';

/** Divides the workflow's timers, so that a run fits into minutes. */
const timeScale = 20;
/** Longest request to the portal; the stand-in's gateway gives up before that, as the real one does. */
export const httpTimeoutMs = 3_000;
const portalCutsAfterMs = 2_500;
const buildFolder = 'build';
/** Enough for what happened to the last calls with a violation. */
const keptRequests = 100_000;
/** The look into the call log; at the end one is ordered anyway. */
const reconcileMinutes = 60;

/** The edges with a proxy on each. `front`, `admin`: from the PBX and from an admin to whichever API takes the connection. */
export type Edge = 'front' | 'admin' | 'apiTemporal' | 'workerTemporal' | 'apiMongod' | 'workerMongod';

interface AskOptions {
  body?: unknown;
  headers?: Record<string, string>;
  /** Default: that of the PBX's webhooks. */
  origin?: string;
  timeoutMs?: number;
}

/** The whole system of one run: servers, processes, stand-ins and the proxies between them. */
export class ChaosLab {
  readonly webhookToken = randomBytes(18).toString('base64url');
  readonly adminKey = `admin-${randomBytes(18).toString('base64url')}`;

  /** Tokens of the portal that installations gave; renewals give others. */
  readonly tokensGiven: string[] = [];
  readonly editor = new Editor(this);
  /** Ends of processes by SIGKILL, in their order; `inFlight`: in the middle of an activity or of an edit. */
  readonly kills: { target: Target; inFlight: boolean }[] = [];
  /** What faults saw that must not be. */
  readonly complaints: Violation[] = [];
  /** Callers whose call's owner was dismissed before it was finished; false: he may have been back by then. */
  readonly dismissedFor = new Map<string, boolean>();

  private constructor(
    readonly dir: string,
    readonly servers: OwnServers,
    readonly pbx: ThreecxSimulator,
    readonly portal: Bitrix24Simulator,
    readonly edges: Record<Edge, Proxy>,
    apiPorts: number[],
    readonly database: Database,
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
    const build = path.join(dir, buildFolder);
    this.apis = apiPorts.map(
      (port, index) => new Slot('api', `api-${index}`, env('api', `api-${index}`, port), build),
    );
    this.workers = [0, 1].map(
      (index) => new Slot('worker', `worker-${index}`, env('worker', `worker-${index}`, 0), build),
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
    const { dir, remove } = await openRunFolder();
    undo.push(remove);
    // What the stand-ins write lies there too, and goes with it.
    process.env.TMPDIR = dir;
    await buildInto(path.join(dir, buildFolder));
    const servers = await OwnServers.start(dir);
    undo.push(() => servers.stop());
    const portal = await startBitrix24Simulator({
      faultSeed: seed,
      logCapacity: keptRequests,
      switches: {
        rateLimited: false,
        operatingLimitSeconds: 1e9,
        // Else the bridge, which reads them in the answers, would wait for a limit that is lifted.
        costsSeconds: {},
        plan: 'enterprise',
        cutAfterMs: portalCutsAfterMs,
      },
    });
    undo.push(() => portal.close());
    portal.control.addUser({ id: 1280, name: 'Pavel Nevsky', extension: '201' });
    portal.control.addUser({ id: 1281, name: 'Olga Nevskaya', extension: '202' });
    portal.control.addUser({ id: 1282, name: 'Ivan Shortlived', extension: '203' });
    // Our timers are divided, so is the time after which the PBX logs a call.
    const pbx = await startThreecxSimulator({
      faultSeed: seed,
      switches: { callLogDelayMs: Math.round(1_000 / timeScale) },
    });
    undo.push(() => pbx.close());
    pbx.control.addExtension({ number: '203', firstName: 'Ivan', lastName: 'Shortlived' });
    const apiPorts = [await freePort(), await freePort()];
    const edges = {
      front: await Proxy.start(apiPorts),
      admin: await Proxy.start(apiPorts),
      apiTemporal: await Proxy.start([servers.temporal.port]),
      workerTemporal: await Proxy.start([servers.temporal.port]),
      apiMongod: await Proxy.start([servers.mongod.port]),
      workerMongod: await Proxy.start([servers.mongod.port]),
    };
    undo.push(() => Promise.all(Object.values(edges).map((edge) => edge.close())));
    const database = new Database(servers.mongod.uri);
    undo.push(() => database.close());
    const lab = new ChaosLab(dir, servers, pbx, portal, edges, apiPorts, database, undo);
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
    const { status, text } = await this.ask(method, route, { body, timeoutMs });
    if (status > 299) throw new Error(`${method} ${route} answered ${status}: ${text.slice(0, 500)}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  /** One request to the admin API, whatever the answer. @throws when there is none. */
  async ask(
    method: string,
    route: string,
    { body, headers, origin = this.target.url, timeoutMs = 60_000 }: AskOptions = {},
  ): Promise<{ status: number; text: string; etag: string | null }> {
    const answer = await fetch(`${origin}/api/v1/${route}`, {
      method,
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        authorization: `Bearer ${this.adminKey}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    return { status: answer.status, text: await answer.text(), etag: answer.headers.get('etag') };
  }

  /** Orders a comparison with the call log of the PBX. */
  reconcile(): Promise<Partial<ReconcileOutcome>> {
    return this.admin('POST', `connections/${connection}/reconcile`);
  }

  /** An administrator of the portal installs the application again: a fresh pair of tokens. */
  async installAgain(): Promise<void> {
    const auth = { kind: 'application', tokens: this.tokens() };
    await eventually(
      async () => {
        await this.admin('PATCH', `connections/${connection}`, { bitrix24: { auth } }, 10_000);
        return true;
      },
      'the application is installed again',
      120_000,
    );
  }

  /** The Bitrix24 user behind an extension. */
  userOf(extension: string): number {
    return users[extension]!;
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
      bitrix24: {
        auth: {
          kind: 'application',
          portalUrl: this.portal.url,
          clientId: this.portal.control.application.clientId,
          clientSecret: this.portal.control.application.clientSecret,
          tokenUrl: this.portal.tokenUrl,
          tokens: this.tokens(),
        },
        plan: 'enterprise',
      },
      rules: { fallbackUserId, reconcileMinutes },
    });
    for (const [extension, userId] of Object.entries(users))
      await this.admin('PUT', `${base}/extensions/${extension}`, { userId });
    for (const queue of ['800', '801', '802'])
      await this.admin('PUT', `${base}/extensions/${queue}`, { kind: 'queue' });
    for (const line of lines)
      await this.admin('PUT', `${base}/lines/${line}`, { lineNumber: line, name: line });
  }
  private tokens(): { accessToken: string; refreshToken: string; expiresAt: string } {
    const { expiresAt, ...pair } = this.portal.control.issueTokens();
    this.tokensGiven.push(pair.accessToken, pair.refreshToken);
    return { ...pair, expiresAt: new Date(expiresAt).toISOString() };
  }
}
