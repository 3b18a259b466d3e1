import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Bitrix24Simulator } from '../../simulators/bitrix24';
import { startBitrix24Simulator } from '../../simulators/bitrix24';
import type { ThreecxSimulator } from '../../simulators/threecx';
import { startThreecxSimulator } from '../../simulators/threecx';
import type { Cast } from '../../simulators/threecx/scenarios';
import type { WebhookTarget } from '../../simulators/threecx/play-options';
import type { CallView } from '../../src/domain/call-view';
import type { ReconcileOutcome } from '../../src/domain/reconcile-steps';
import { BridgeProcess } from '../support/bridge-process';
import { eventually } from '../support/eventually';
import { officeUsers } from '../support/office-users';
import type { TestDatabase } from '../support/servers';
import { freshDatabase, temporalAddress } from '../support/servers';

/** Extensions of the stand-in PBX and the Bitrix24 users behind them. */
export const users = officeUsers;

/** The one admin key of every lab. */
export const adminKey = 'admin-key-of-the-test-lab';

/** What a lab is set up with. */
export interface LabOptions {
  /** Divides the workflow's timers; 20 by default. */
  timeScale?: number;
  env?: Record<string, string>;
}

/** A call that happened in the PBX, and the webhooks that tell it. */
export interface PlacedForTest {
  callId: string;
  recordingId: number;
  answered: Record<string, unknown>;
  ended: Record<string, unknown>;
}

/** Both stand-ins, a database of its own and as many real processes of the bridge as a test wants. */
export class Lab {
  readonly connection = `c${randomUUID().replaceAll('-', '').slice(0, 12)}`;
  readonly webhookToken = randomBytes(18).toString('base64url');
  readonly processes: BridgeProcess[] = [];
  private apiUrl = '';
  private temporal: string | undefined;

  private constructor(
    readonly pbx: ThreecxSimulator,
    readonly portal: Bitrix24Simulator,
    readonly database: TestDatabase,
    readonly dataDir: string,
    private readonly options: LabOptions,
  ) {}

  /** Starts the stand-ins; no process of the bridge runs yet. */
  static async open(options: LabOptions = {}): Promise<Lab> {
    const portal = await startBitrix24Simulator({
      switches: { rateLimited: false, operatingLimitSeconds: 1e9 },
    });
    portal.control.addUser({ id: 1280, name: 'Pavel Nevsky', extension: '201' });
    portal.control.addUser({ id: 1281, name: 'Olga Nevskaya', extension: '202' });
    const pbx = await startThreecxSimulator();
    const dataDir = await mkdtemp(path.join(os.tmpdir(), 'bridge-lab-'));
    return new Lab(pbx, portal, await freshDatabase(), dataDir, options);
  }

  /** Environment of a process: shared servers, short time-outs. */
  env(): Record<string, string> {
    return {
      TEMPORAL_ADDRESS: this.temporal ?? temporalAddress(),
      TEMPORAL_TASK_QUEUE: `lab-${this.connection}`,
      MONGODB_URI: this.database.uri,
      DATA_KEY: Buffer.alloc(32, 7).toString('base64'),
      DATA_DIR: this.dataDir,
      ADMIN_API_KEY: adminKey,
      WORKFLOW_TIME_SCALE: String(this.options.timeScale ?? 20),
      HTTP_TIMEOUT_MS: '3000',
      ...this.options.env,
    };
  }

  /** Another Temporal server than that of the test run, for the processes to come. */
  useTemporal(address: string): void {
    this.temporal = address;
  }

  /** What `/health/{probe}` answers. */
  async health(probe: 'live' | 'ready'): Promise<{ status: number; body: unknown }> {
    const answer = await fetch(`${this.apiUrl}/health/${probe}`);
    return { status: answer.status, body: await answer.json() };
  }

  /** The value of one series of `GET /metrics`, written with its labels. */
  async metric(series: string): Promise<number | undefined> {
    const text = await (await fetch(`${this.apiUrl}/metrics`)).text();
    const line = text.split('\n').find((one) => one.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.slice(series.length));
  }

  /** Starts one process, with more environment if wanted. The API takes a free port; a later one takes the same again. */
  async start(kind: BridgeProcess['kind'], env: Record<string, string> = {}): Promise<BridgeProcess> {
    const port = kind === 'worker' || this.apiUrl === '' ? '0' : new URL(this.apiUrl).port;
    const started = await BridgeProcess.start({ kind, env: { ...this.env(), ...env, PORT: port } });
    this.processes.push(started);
    if (kind !== 'worker') this.apiUrl = started.url;
    return started;
  }

  /** Makes the connection, or another one with the same tokens and peers, and its mappings. */
  async connect(threecx: Record<string, unknown> = {}, connection = this.connection): Promise<void> {
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
        ...threecx,
      },
      bitrix24: { auth: { kind: 'webhook', url: this.portal.webhookUrl } },
      rules: { fallbackUserId: 1 },
    });
    for (const [extension, userId] of Object.entries(users))
      await this.admin('PUT', `${base}/extensions/${extension}`, { userId });
    for (const queue of ['800', '801', '802'])
      await this.admin('PUT', `${base}/extensions/${queue}`, { kind: 'queue' });
    await this.admin('PUT', `${base}/lines/74951234567`, { lineNumber: '74951234567', name: 'Moscow' });
  }

  /**
   * Makes the connection one by local application, installed as an administrator does it: the callback brings the tokens,
   * and from then on the portal tells of clicks.
   */
  async installApplication(): Promise<void> {
    const { control, url, tokenUrl } = this.portal;
    const { clientId, clientSecret } = control.application;
    const auth = { kind: 'application', portalUrl: url, clientId, clientSecret, tokenUrl };
    await this.admin('PATCH', `connections/${this.connection}`, { bitrix24: { auth } });
    const { status } = await control.install(this.portalAddress('install'));
    if (status !== 200) throw new Error(`The installation callback was answered ${status}`);
    await control.waitFor(() => control.state.bindings.length > 0, 15_000, 'clicks are bound');
  }

  /** Where the portal posts installation callbacks or events. */
  portalAddress(route: 'install' | 'events'): string {
    return `${this.apiUrl}/webhooks/bitrix24/${this.connection}/${route}`;
  }

  /** Where the stand-in PBX sends its webhooks. */
  get target(): WebhookTarget {
    return { url: this.apiUrl, connection: this.connection, token: this.webhookToken };
  }

  /** One webhook as 3CX sends it; the answer with its status and how long it took. */
  async send(
    event: string,
    fields: Record<string, unknown>,
  ): Promise<{ status: number; body: { heldBy?: string; workflowId?: string }; tookMs: number }> {
    const startedMs = performance.now();
    const answer = await fetch(`${this.apiUrl}/webhooks/3cx/${this.connection}/${event}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.webhookToken}`, 'content-type': 'application/json' },
      body: JSON.stringify(fields),
    });
    const body = (await answer.json()) as { heldBy?: string; workflowId?: string };
    return { status: answer.status, body, tookMs: performance.now() - startedMs };
  }

  /** An answered inbound call happens in the PBX, recording and all; its webhooks are sent by the test itself. */
  async placeCall(
    cast: Partial<Cast> = {},
    { recordingDelayMs = 0, minutesAgo = 0 } = {},
  ): Promise<PlacedForTest> {
    const { calls } = await this.pbx.control.play('inbound-answered', {
      cast: { agents: ['201'], did: '74951234567', talkS: 20, ...cast },
      recordings: { callLogDelayMs: 0, recordingDelayMs, fileDelayMs: 0 },
      ...(minutesAgo > 0 && { startAt: Date.now() - minutesAgo * 60_000 }),
    });
    const call = calls[0]!;
    const common = {
      callId: call.callId,
      callerNumber: `+${call.callerNumber}`,
      did: '+7 495 123-45-67',
      direction: 1,
    };
    const { startedAt, answeredAt, endedAt, extension, durationSeconds: duration } = call;
    return {
      callId: call.callId,
      recordingId: call.recordings[0]!.id,
      answered: { ...common, extension, startedAt, answeredAt },
      ended: { ...common, extension, endedAt, duration, status: 'answered' },
    };
  }

  /** What must hold of one call in the portal, whatever failed on the way. */
  async expectWholeOnce(callId: string, recordingId: number): Promise<CallView> {
    const call = await this.settled(callId, 90_000);
    const { control } = this.portal;
    const rows = control.statistics.filter((row) => row.externalCallId === `${this.connection}/${callId}`);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ callId: call.bitrix24CallId, statusCode: '200', userId: users['201'] });
    expect(control.openCalls).toEqual([]);
    expect(control.activities.filter((one) => one.callId === call.bitrix24CallId).length).toBeLessThanOrEqual(
      1,
    );
    const file = control.recordOf(call.bitrix24CallId!);
    expect(file).toBeDefined();
    expect(await control.sha256(file!.id)).toBe(this.pbx.control.sha256(recordingId));
    return call;
  }

  /** One request to the admin API. @throws when it is refused. */
  async admin<T = unknown>(method: string, route: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${this.apiUrl}/api/v1/${route}`, {
      method,
      headers: {
        authorization: `Bearer ${adminKey}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${route} answered ${answer.status}: ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  /** Compares with the call log of the PBX now. */
  reconcile(): Promise<ReconcileOutcome> {
    return this.admin('POST', `connections/${this.connection}/reconcile`);
  }

  /** One call as the API shows it. */
  call(callId: string): Promise<CallView> {
    return this.admin('GET', `connections/${this.connection}/calls/${encodeURIComponent(callId)}`);
  }

  /** Waits until the call looks as asked, and answers it. */
  async callThat(
    callId: string,
    holds: (call: CallView) => boolean,
    what: string,
    timeoutMs = 30_000,
  ): Promise<CallView> {
    let last: CallView | undefined;
    try {
      await eventually(async () => holds((last = await this.call(callId))), what, timeoutMs);
    } catch (error) {
      throw new Error(`${what}; last seen: ${JSON.stringify(last)}\n${this.logs()}`, { cause: error });
    }
    return last!;
  }

  /** Waits until the call is finished and its recording is settled. */
  settled(callId: string, timeoutMs = 30_000): Promise<CallView> {
    return this.callThat(
      callId,
      (call) => call.state === 'finished' && call.recording.state !== 'waiting',
      'the call is finished and its recording settled',
      timeoutMs,
    );
  }

  /** Last lines of every process, for messages. */
  logs(): string {
    return this.processes
      .map((one) => `${one.kind} ${one.pid}:\n${one.output.split('\n').slice(-25).join('\n')}`)
      .join('\n');
  }

  async close(): Promise<void> {
    await Promise.all(this.processes.map((one) => one.stop('SIGKILL')));
    await Promise.all([this.pbx.close(), this.portal.close(), this.database.close()]);
    await rm(this.dataDir, { recursive: true, force: true });
  }
}
