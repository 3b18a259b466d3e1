import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Connection } from '../../src/domain/connection';
import { createThreecxClient } from '../../src/threecx';
import type { RecordingQuery, ThreecxClient, ThreecxContext } from '../../src/threecx';
import { SmallPbx } from './small-pbx';
import { testConnection } from './test-connection';
import { openTestStore, silentLog } from './test-store';
import type { TestStore } from './test-store';

let shared: Promise<TestStore> | null = null;
let benches = 0;
afterAll(async () => (await shared)?.close());

/** A small PBX and a client for one test; the store is shared by the tests of one file. */
export class ThreecxBench {
  private constructor(
    readonly pbx: SmallPbx,
    readonly stored: TestStore,
    readonly client: ThreecxClient & { close(): void },
    /** An empty folder. */
    readonly dir: string,
    readonly clock: { now: Date },
    readonly connectionId: string,
    readonly callId: string,
  ) {}

  static async start(): Promise<ThreecxBench> {
    const clock = { now: new Date() };
    const [pbx, stored, dir] = await Promise.all([
      SmallPbx.start(),
      (shared ??= openTestStore()),
      mkdtemp(path.join(os.tmpdir(), 'threecx-')),
    ]);
    pbx.clock = () => clock.now;
    const client = createThreecxClient({ store: stored.store, log: silentLog, clock: () => clock.now });
    benches += 1;
    return new ThreecxBench(pbx, stored, client, dir, clock, `office-${benches}`, `call-${benches}`);
  }

  connection(threecx: Parameters<typeof testConnection>[1] = {}): Connection {
    return testConnection(this.pbx.url, threecx, this.connectionId);
  }

  context(threecx: Parameters<typeof testConnection>[1] = {}, signal?: AbortSignal): ThreecxContext {
    return { connection: this.connection(threecx), callId: this.callId, attempt: 1, signal };
  }

  /** Outcomes of the requests noted for the call, oldest first. */
  async noted(): Promise<string[]> {
    const id = `${this.connectionId}/${this.callId}`;
    await this.stored.store.settle();
    const row = await this.stored.database.db.collection('calls').findOne({ _id: id as never });
    return ((row?.requests ?? []) as { method: string; outcome: string }[]).map(
      ({ method, outcome }) => `${method} ${outcome}`,
    );
  }

  /** Health of the connection's PBX as it was reported last. */
  async health(): Promise<{ ok: boolean; reason?: string } | undefined> {
    return (await this.stored.store.health.get(this.connectionId)).threecx;
  }

  async close(): Promise<void> {
    this.client.close();
    await Promise.all([this.pbx.close(), rm(this.dir, { recursive: true })]);
  }
}

/** An inbound call of one minute that 101 took, ended at `endedAt`. */
export function recordingQuery(endedAt: Date, extra: Partial<RecordingQuery> = {}): RecordingQuery {
  const before = (seconds: number): string => new Date(endedAt.getTime() - seconds * 1000).toISOString();
  return {
    callId: 'call-1',
    direction: 'inbound',
    extensions: ['101'],
    callerNumber: '79161234567',
    did: '74951234567',
    startedAt: before(70),
    answeredAt: before(60),
    endedAt: before(0),
    durationSeconds: 60,
    recordingId: null,
    ...extra,
  };
}
