import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { startThreecxSimulator } from '../../simulators/threecx';
import type { ThreecxSimulator } from '../../simulators/threecx';
import type { ExpectedCall, PlayOptions } from '../../simulators/threecx/play-options';
import type { ScenarioName } from '../../simulators/threecx/scenarios';
import type { Connection } from '../../src/domain/connection';
import { createThreecxClient } from '../../src/threecx';
import type { RecordingQuery, RecordingSearch, ThreecxClient, ThreecxContext } from '../../src/threecx';
import type { Store } from '../../src/store/contract';
import { testConnection } from './test-connection';
import { openTestStore, silentLog } from './test-store';
import type { TestStore } from './test-store';

type Threecx = Parameters<typeof testConnection>[1];

let shared: Promise<TestStore> | null = null;
afterAll(async () => (await shared)?.close());

/** The stand-in PBX with its time standing still, and a client; the store is shared by the tests of one file. */
export class ThreecxLab {
  private readonly clients: (ThreecxClient & { close(): void })[] = [];
  readonly client: ThreecxClient;

  private constructor(
    readonly pbx: ThreecxSimulator,
    private readonly stored: TestStore,
    private readonly dir: string,
  ) {
    pbx.control.clock.freeze();
    this.client = this.makeClient();
  }

  static async start(): Promise<ThreecxLab> {
    const dir = await mkdtemp(path.join(os.tmpdir(), 'contract-'));
    return new ThreecxLab(await startThreecxSimulator(), await (shared ??= openTestStore()), dir);
  }

  get store(): Store {
    return this.stored.store;
  }

  /** As another process would have it: only the store is shared. */
  makeClient(): ThreecxClient {
    const client = createThreecxClient({
      store: this.stored.store,
      log: silentLog,
      clock: () => new Date(this.pbx.control.clock.now()),
    });
    this.clients.push(client);
    return client;
  }

  connection(threecx: Threecx = {}): Connection {
    const { clientId, clientSecret } = this.pbx.control.apiClient;
    return testConnection(this.pbx.url, {
      auth: { kind: 'client-credentials', clientId, clientSecret },
      ...threecx,
    });
  }

  context(threecx: Threecx = {}): ThreecxContext {
    return { connection: this.connection(threecx), callId: 'call-1', attempt: 1 };
  }

  /** Plays a scenario, and lets log, rows and files appear. */
  async play(scenario: ScenarioName, options: PlayOptions = {}): Promise<ExpectedCall[]> {
    const { calls } = await this.pbx.control.play(scenario, options);
    this.pbx.control.clock.advance(10_000);
    return calls;
  }

  /** Plays a scenario of one call. */
  async playOne(scenario: ScenarioName, options: PlayOptions = {}): Promise<ExpectedCall> {
    const [call] = await this.play(scenario, options);
    if (call === undefined) throw new Error('the scenario has no call');
    return call;
  }

  /** Ids of what is found, or state and reason. */
  async find(query: RecordingQuery, threecx: Threecx = {}): Promise<string> {
    return idsOf(await this.client.findRecordings(this.context(threecx), query));
  }

  /** SHA-256 of everything that is found and fetched. */
  async fetch(query: RecordingQuery, threecx: Threecx = {}): Promise<string[]> {
    const context = this.context(threecx);
    const search = await this.client.findRecordings(context, query);
    if (search.state !== 'found') throw new Error(search.reason);
    const digests: string[] = [];
    for (const [index, recording] of search.recordings.entries()) {
      const file = path.join(this.dir, String(index));
      await this.client.download(context, recording, { file, maxBytes: 1e9, progress: () => undefined });
      digests.push(
        createHash('sha256')
          .update(await readFile(file))
          .digest('hex'),
      );
      await rm(file);
    }
    return digests;
  }

  /** SHA-256 of the call's recordings as the PBX has them. */
  digestsOf(call: ExpectedCall): string[] {
    return call.recordings.map(({ id }) => this.pbx.control.sha256(id));
  }

  async close(): Promise<void> {
    for (const client of this.clients) client.close();
    await Promise.all([this.pbx.close(), rm(this.dir, { recursive: true })]);
  }
}

/** The question about a call that was played. */
export function queryOf(call: ExpectedCall, extra: Partial<RecordingQuery> = {}): RecordingQuery {
  return {
    callId: call.callId,
    direction: call.direction,
    extensions: call.extension === null ? [] : [call.extension],
    callerNumber: call.callerNumber,
    did: call.did,
    startedAt: call.startedAt,
    answeredAt: call.answeredAt,
    endedAt: call.endedAt ?? call.startedAt,
    durationSeconds: call.durationSeconds,
    recordingId: null,
    ...extra,
  };
}

export function idsOf(search: RecordingSearch): string {
  return search.state === 'found'
    ? search.recordings.map(({ id }) => id).join(' ')
    : `${search.state} ${search.reason}`;
}

/** Ids of the recordings that a played call has. */
export function expectedIds(call: ExpectedCall): string {
  return call.recordings.map(({ id }) => String(id)).join(' ');
}
