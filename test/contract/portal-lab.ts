import { randomBytes } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { Info } from '@temporalio/activity';
import { DefaultLogger } from '@temporalio/worker';
import pino from 'pino';
import type { Bitrix24Simulator, Bitrix24SimulatorOptions } from '../../simulators/bitrix24';
import { startBitrix24Simulator } from '../../simulators/bitrix24';
import type { ActivityDependencies } from '../../src/activities/dependencies';
import { createBitrix24Client } from '../../src/bitrix24';
import type { Bitrix24Client, RequestContext } from '../../src/bitrix24';
import type { RegisterParameters } from '../../src/domain/call-steps';
import type { Connection } from '../../src/domain/connection';
import { connectionInputSchema } from '../../src/domain/connection';
import { openStore, parseDataKeys } from '../../src/store';
import type { Store } from '../../src/store';
import type { TestDatabase } from '../support/servers';
import { freshDatabase } from '../support/servers';

export type AuthKind = 'webhook' | 'application';

/** Time-out of one request in tests whose portal hangs. */
export const shortTimeoutMs = 3_000;
/** For the others: a slow machine must not come near it. */
const patientTimeoutMs = 30_000;

/** A connection to a portal, whichever it is, and the client. */
export interface PortalLab {
  store: Store;
  client: Bitrix24Client;
  connection: Connection;
  /** Lines of the log that the lab wrote, for tests that look for secrets in them. */
  logged: string[];
  /** The portal's clock. */
  now(): number;
  /** For a request that belongs to no call. */
  context(patch?: Partial<RequestContext>): RequestContext;
  deps(patch?: Partial<ActivityDependencies>): ActivityDependencies;
  /** Another worker process: own client, own store, same database. */
  anotherWorker(): Promise<{ store: Store; client: Bitrix24Client }>;
  close(): Promise<void>;
}

/** The same with a stand-in portal of its own. */
export interface Lab extends PortalLab {
  sim: Bitrix24Simulator;
}

/** What a lab is set up with, beside its portal. */
export interface LabOptions {
  rules?: object;
  threecx?: object;
  httpTimeoutMs?: number;
}

type PortalAuth = Connection['bitrix24']['auth'];

/** One database for all labs of a test file; portals differ by their port. */
export class LabDatabase {
  private database!: TestDatabase;
  private readonly key = randomBytes(32).toString('base64');
  private serial = 0;

  async open(): Promise<void> {
    this.database = await freshDatabase();
  }

  async close(): Promise<void> {
    await this.database.close();
  }

  store(): Promise<Store> {
    return openStore({
      db: this.database.db,
      client: this.database.client,
      dataKeys: parseDataKeys(this.key),
      retention: { ledgerDays: 400, personalDays: 90 },
    });
  }

  /** What waits for the portal's limits need not wait any more. */
  async letLimitsPass(): Promise<void> {
    const { db } = this.database;
    await db.collection('budget').deleteMany({});
  }

  /** Requests that are in the portal's bucket; for the next minute of the database's clock none of them leaks out. */
  async setLevel(portal: string, level: number): Promise<void> {
    const bucket = [{ $set: { level, at: { $add: ['$$NOW', 60_000] } } }];
    await this.database.db
      .collection<{ _id: string }>('budget')
      .updateOne({ _id: portal }, bucket, { upsert: true });
  }

  /** The minute between two probes of a connection is over. */
  async letProbePass(connection: string): Promise<void> {
    const probes = this.database.db.collection('health');
    await probes.updateOne({ connection, peer: 'bitrix24' }, { $set: { probedAt: new Date(0) } });
  }

  /** A stand-in portal, a connection to it, and the client. */
  async lab(kind: AuthKind = 'webhook', options: Bitrix24SimulatorOptions & LabOptions = {}): Promise<Lab> {
    const sim = await startBitrix24Simulator(options);
    const bitrix24 = { auth: authOf(sim, kind), plan: options.switches?.plan ?? 'standard' };
    const lab = await this.connect(bitrix24, options, () => sim.control.clock.now());
    return { ...lab, sim, close: () => sim.close() };
  }

  /** A connection to a portal that is there already, and the client. */
  async connect(
    bitrix24: { auth: PortalAuth; plan: Connection['bitrix24']['plan'] },
    options: LabOptions = {},
    now: () => number = Date.now,
  ): Promise<PortalLab> {
    const { httpTimeoutMs = patientTimeoutMs } = options;
    const store = await this.store();
    this.serial += 1;
    const connection: Connection = {
      ...connectionInputSchema.parse({
        threecx: {
          baseUrl: 'https://pbx.example.com',
          auth: { kind: 'token', token: 'canary-pbx' },
          ...options.threecx,
        },
        bitrix24,
        rules: { fallbackUserId: 1, ...options.rules },
      }),
      id: `lab-${this.serial}`,
      webhookTokens: [],
    };
    await store.connections.put(connection, { id: 'tester' });
    const logged: string[] = [];
    const log = pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) });
    const clock = (): Date => new Date(now());
    const make = (own: Store): Bitrix24Client =>
      createBitrix24Client({ store: own, log, httpTimeoutMs, clock });
    const client = make(store);
    return {
      store,
      client,
      connection,
      logged,
      now,
      context: (patch) => ({ connection, callId: null, attempt: 1, ...patch }),
      deps: (patch) => ({
        store,
        bitrix24: client,
        threecx: {} as ActivityDependencies['threecx'],
        log,
        tmpDir: '/nowhere',
        timeScale: 1,
        httpTimeoutMs,
        clock,
        runs: {} as ActivityDependencies['runs'],
        ...patch,
      }),
      anotherWorker: async () => {
        const own = await this.store();
        return { store: own, client: make(own) };
      },
      close: async () => undefined,
    };
  }
}

function authOf(sim: Bitrix24Simulator, kind: AuthKind): PortalAuth {
  if (kind === 'webhook') return { kind, url: sim.webhookUrl };
  const { clientId, clientSecret } = sim.control.application;
  const { accessToken, refreshToken, expiresAt } = sim.control.issueTokens();
  return {
    kind,
    portalUrl: sim.url,
    clientId,
    clientSecret,
    tokenUrl: sim.tokenUrl,
    tokens: { accessToken, refreshToken, expiresAt: new Date(expiresAt).toISOString() },
  };
}

/** Parameters of an incoming call that started `minutesAgo` on the portal's clock. */
export function parameters(
  lab: PortalLab,
  patch: Partial<RegisterParameters> = {},
  minutesAgo = 0,
): RegisterParameters {
  return {
    userId: 1269,
    phoneNumber: '79991234567',
    type: 2,
    callStartDate: new Date(lab.now() - minutesAgo * 60_000).toISOString(),
    crmCreate: true,
    show: true,
    lineNumber: '74951234567',
    externalCallId: `${lab.connection.id}/call-1`,
    ...patch,
  };
}

/** What an activity that is tried again sees of its earlier attempts. */
export interface Attempts {
  /** Runs the next attempt; heartbeat details of the one before are handed on, as Temporal does. */
  next<T>(activity: () => Promise<T>): Promise<T>;
  /** The next attempt sees nothing of what the last one noted: its worker was killed. */
  forget(): void;
  readonly environment: MockActivityEnvironment;
}

/** One activity execution with as many attempts as a test needs. */
export function attempts(info: Partial<Info> = {}): Attempts {
  const scheduledTimestampMs = Date.now();
  let attempt = 0;
  let details: unknown;
  let environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  return {
    get environment() {
      return environment;
    },
    forget: () => (details = undefined),
    next: async (activity) => {
      attempt += 1;
      environment = new MockActivityEnvironment(
        {
          startToCloseTimeoutMs: 60_000,
          scheduleToCloseTimeoutMs: 600_000,
          scheduledTimestampMs,
          currentAttemptScheduledTimestampMs: Date.now(),
          ...info,
          attempt,
          heartbeatDetails: details,
        },
        { logger: new DefaultLogger('ERROR') },
      );
      environment.on('heartbeat', (noted: unknown) => (details = noted));
      return environment.run(activity);
    },
  };
}
