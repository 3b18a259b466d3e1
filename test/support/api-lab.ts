import { connect } from 'node:net';
import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import type { CallGateway } from '../../src/api/call-gateway';
import { TemporalUnreachable } from '../../src/api/call-gateway';
import { ConnectionCache } from '../../src/api/connection-cache';
import type { ApiDependencies } from '../../src/api/dependencies';
import { createMetrics } from '../../src/api/metrics';
import type { Reconciler } from '../../src/api/reconciler';
import { startApiServer } from '../../src/api/server';
import type { CallEvent } from '../../src/domain/call-event';
import type { CallRef } from '../../src/domain/call-steps';
import type { CallView } from '../../src/domain/call-view';
import type { Connection } from '../../src/domain/connection';
import { connectionInputSchema } from '../../src/domain/connection';
import type { ReconcileOutcome } from '../../src/domain/reconcile-steps';
import type { Store } from '../../src/store';
import { openStore, parseDataKeys } from '../../src/store';
import { freshDatabase } from './servers';
import type { TestDatabase } from './servers';

/** Temporal as the API sees it, without Temporal: keeps what it takes, and fails as told. */
export class FakeGateway implements CallGateway {
  readonly delivered: { ref: CallRef; event: CallEvent }[] = [];
  /** Requests that were made, whatever became of them. */
  asked = 0;
  state: 'up' | 'down' | 'hangs' = 'up';
  /** Workflows that are over. */
  readonly closed = new Set<string>();

  async deliver(ref: CallRef, event: CallEvent, deadlineMs: number): Promise<'delivered' | 'closed'> {
    this.asked += 1;
    if (this.state === 'hangs') await new Promise((resolve) => setTimeout(resolve, deadlineMs));
    if (this.state !== 'up') throw new TemporalUnreachable('Temporal is away');
    if (this.closed.has(ref.workflowId)) return 'closed';
    this.delivered.push({ ref, event });
    return 'delivered';
  }

  async view(): Promise<CallView | null> {
    return null;
  }

  async retry(): Promise<'signalled' | 'closed'> {
    return 'closed';
  }

  async status(): Promise<'open' | 'closed' | null> {
    return null;
  }

  async forget(): Promise<'forgotten' | 'open' | 'unknown'> {
    return 'unknown';
  }

  async isUp(): Promise<boolean> {
    return this.state === 'up';
  }
}

/** Looks at the call log, without Temporal: remembers what was asked of it. */
export class FakeReconciler implements Reconciler {
  readonly kept: string[] = [];
  readonly dropped: string[] = [];
  outcome: ReconcileOutcome | undefined;
  failure: Error | undefined;

  async keep({ id }: { id: string }): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    this.kept.push(id);
  }

  async drop(id: string): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    this.dropped.push(id);
  }

  async run(connection: string): ReturnType<Reconciler['run']> {
    if (this.failure !== undefined) throw this.failure;
    const workflowId = `reconcile/${connection}`;
    return this.outcome === undefined ? { workflowId } : { workflowId, outcome: this.outcome };
  }
}

export const token = 'a-good-webhook-token';
export const olderToken = 'the-token-before-it';

/** A connection named `office`, changed by `change`. */
export function connectionOf(change: Partial<Connection> = {}): Connection {
  const input = connectionInputSchema.parse({
    threecx: { baseUrl: 'https://pbx.example.com', auth: { kind: 'token', token: 'pbx' }, recordings: 'off' },
    bitrix24: { auth: { kind: 'webhook', url: 'https://portal.example.com/rest/1/secret/' } },
    rules: { fallbackUserId: 1 },
  });
  return { ...input, id: 'office', webhookTokens: [token, olderToken], ...change };
}

export interface ApiLab {
  deps: ApiDependencies;
  gateway: FakeGateway;
  store: Store;
  database: TestDatabase;
  url: string;
  /** Everything that was logged, one JSON line each. */
  logged: string[];
  /** Puts a connection into store and cache. */
  put(connection: Connection): Promise<void>;
  /** Makes every request to the database fail from now on. */
  stopDatabase(): Promise<void>;
  /** Sends bytes as they are and gives all that comes back until the other side closes or `untilMs` passed. */
  raw(text: string | Buffer, untilMs?: number): Promise<string>;
  /** @param graceMs what is in flight may take as long. */
  close(graceMs?: number): Promise<void>;
}

/** A real API on a free port with the real store and a fake Temporal, with the connection `office`. */
export async function openApiLab(change: Partial<ApiDependencies> = {}): Promise<ApiLab> {
  const database = await freshDatabase();
  const store = await openStore({
    db: database.db,
    client: database.client,
    dataKeys: parseDataKeys(randomBytes(32).toString('base64')),
    retention: { ledgerDays: 400, personalDays: 90 },
  });
  const logged: string[] = [];
  const gateway = new FakeGateway();
  let stopped = false;
  const deps: ApiDependencies = {
    store,
    log: pino({ level: 'debug' }, { write: (line: string) => void logged.push(line) }),
    bitrix24: {} as ApiDependencies['bitrix24'],
    calls: gateway,
    reconciler: new FakeReconciler(),
    connections: new ConnectionCache(store.connections),
    metrics: createMetrics(),
    settings: {
      publicUrl: 'http://127.0.0.1:3000',
      uiUrl: null,
      forbiddenOrigins: [],
      version: '0.0.0',
      ledgerRetentionDays: 400,
    },
    doctor: async () => [],
    decodePayloads: async (payloads) => payloads,
    clock: () => new Date(),
    ...change,
  };
  await store.connections.put(connectionOf(), { id: 'test' });
  const server = await startApiServer(deps, { host: '127.0.0.1', port: 0 });
  const stopDatabase = async (): Promise<void> => {
    if (!stopped) await database.close();
    stopped = true;
  };
  return {
    deps,
    gateway,
    store,
    database,
    url: server.url,
    logged,
    put: async (connection) => {
      await store.connections.put(connection, { id: 'test' });
      await deps.connections.refresh();
    },
    stopDatabase,
    raw: (text, untilMs = 5_000) => sendRaw(Number(new URL(server.url).port), text, untilMs),
    close: async (graceMs = 1_000) => {
      await server.close(graceMs);
      await stopDatabase();
    },
  };
}

function sendRaw(port: number, text: string | Buffer, untilMs: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    const timer = setTimeout(() => socket.destroy(), untilMs);
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(answer);
    });
    socket.write(text);
  });
}
