import { historyId } from '../../simulators/threecx/history-id';
import type { ActivityDependencies, CallRuns } from '../../src/activities/dependencies';
import { createReconcileCalls } from '../../src/activities/reconcile-calls';
import type { CallEvent } from '../../src/domain/call-event';
import { workflowIdFor } from '../../src/domain/call-id';
import type { CallView } from '../../src/domain/call-view';
import type { Connection } from '../../src/domain/connection';
import type { LogLeg } from '../../src/domain/log-calls';
import type { ReconcileOutcome } from '../../src/domain/reconcile-steps';
import type { InboxItem, Store } from '../../src/store';
import type { InboundDid, ThreecxClient } from '../../src/threecx';
import { quietEnvironment } from './recording-world';
import { testConnection } from './test-connection';
import { silentLog } from './test-store';

export const reconcileNow = new Date('2026-03-10T12:00:00Z');
const minuteMs = 60_000;

/** One answered inbound call of the log, a minute of talk after ten seconds of ringing. */
export function logRow(minutesAgo: number, callid: number, extra: Partial<LogLeg> = {}): LogLeg {
  const startMs = reconcileNow.getTime() - minutesAgo * minuteMs;
  const id = historyId('v20', startMs, callid);
  return {
    historyId: id,
    mainHistoryId: id,
    startedAt: new Date(startMs).toISOString(),
    direction: 'inbound',
    sourceDn: '10000',
    sourceNumber: '+79161234567',
    sourceType: 1,
    destinationDn: '101',
    destinationNumber: '101',
    destinationType: 0,
    ringingSeconds: 10,
    talkingSeconds: 60,
    answered: true,
    recordingIds: [],
    ...extra,
  };
}

/** The real store, a log of rows, and workflows that a test makes up. */
export class ReconcileWorld {
  rows: LogLeg[] | Error = [];
  dids: InboundDid[] | Error = [];
  /** Ranges that were asked for. */
  readonly asked: { from: Date; to: Date }[] = [];
  readonly runsById = new Map<string, { running: boolean; endTold: boolean | null }>();
  openRuns: { callId: string; startedAtMs: number }[] = [];
  readonly restarted: { callId: string; events: CallEvent[] }[] = [];
  restartable = true;
  readonly droppedSchedules: string[] = [];
  now = reconcileNow;
  /** Clock of the PBX minus ours. */
  skewMs = 0;

  constructor(
    readonly store: Store,
    readonly connection: Connection = testConnection('https://pbx.example.com'),
  ) {}

  async open(): Promise<this> {
    await this.store.connections.put(this.connection, { id: 'test' });
    // Made long ago.
    await this.store.reconcile.put(this.connection.id, { since: '2026-01-01T00:00:00Z' });
    return this;
  }

  deps(): ActivityDependencies {
    const threecx: Pick<ThreecxClient, 'callLog' | 'inboundDids' | 'clockSkewMs'> = {
      callLog: async (_context, range) => {
        this.asked.push(range);
        if (this.rows instanceof Error) throw this.rows;
        return this.rows.filter(
          ({ startedAt }) =>
            Date.parse(startedAt) >= range.from.getTime() && Date.parse(startedAt) <= range.to.getTime(),
        );
      },
      clockSkewMs: () => this.skewMs,
      inboundDids: async () => {
        if (this.dids instanceof Error) throw this.dids;
        return this.dids;
      },
    };
    const runs: CallRuns = {
      look: async (workflowId) => this.runsById.get(workflowId) ?? null,
      open: async () => this.openRuns,
      restart: async ({ callId }, events) => {
        if (this.restartable) this.restarted.push({ callId, events });
        return this.restartable;
      },
      dropSchedule: async (connection) => void this.droppedSchedules.push(connection),
    };
    return {
      store: this.store,
      threecx: threecx as ThreecxClient,
      bitrix24: {} as ActivityDependencies['bitrix24'],
      runs,
      log: silentLog,
      tmpDir: '/nowhere',
      timeScale: 1,
      httpTimeoutMs: 1_000,
      clock: () => this.now,
    };
  }

  reconcile(ordered = true): Promise<ReconcileOutcome> {
    const input = { connection: this.connection.id, ordered };
    return quietEnvironment().run(createReconcileCalls(this.deps()), input);
  }

  /** Everything that waits in the inbox. */
  held(): Promise<InboxItem[]> {
    return this.store.inbox.forConnection(this.connection.id, 1_000);
  }

  /** A row of the ledger for a call that started so many minutes ago. */
  async ledger(
    callId: string,
    minutesAgo: number,
    options: { view?: Partial<CallView>; number?: string; closed?: boolean } = {},
  ): Promise<void> {
    const view: CallView = {
      callId,
      workflowId: workflowIdFor(this.connection.id, callId),
      state: 'open',
      bitrix24CallId: 'externalCall.1',
      direction: 'inbound',
      extension: '101',
      userId: 1269,
      did: null,
      lineNumber: null,
      caller: '…67',
      status: null,
      startedAt: new Date(reconcileNow.getTime() - minutesAgo * minuteMs).toISOString(),
      answeredAt: null,
      endedAt: null,
      durationSeconds: null,
      marks: [],
      recording: { state: 'none', attempts: 0 },
      events: [{ event: 'call-answered', at: reconcileNow.toISOString(), source: 'webhook' }],
      requests: [],
      ...options.view,
    };
    await this.store.calls.save(this.connection.id, view, 1_000_000, {
      callerHash: this.store.hashNumber(this.connection.id, options.number ?? '79161234567'),
      closed: options.closed ?? false,
    });
  }

  /** Makes the workflow of a call run. */
  runs(callId: string, endTold: boolean | null = false): void {
    this.runsById.set(workflowIdFor(this.connection.id, callId), { running: true, endTold });
  }
}
