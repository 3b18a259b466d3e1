import { readFile, writeFile } from 'node:fs/promises';
import type { Info } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createAttachRecording } from '../../src/activities/attach-recording';
import type { ActivityDependencies } from '../../src/activities/dependencies';
import type { RecordUpload, StatisticsRow } from '../../src/bitrix24/contract';
import type { RecordingInput, RecordingResult } from '../../src/domain/call-steps';
import type { CallView, RecordingView } from '../../src/domain/call-view';
import { PeerError } from '../../src/domain/peer-error';
import type { SaveExtra, StoredCall } from '../../src/store/contract';
import type { RecordingSearch, ThreecxClient } from '../../src/threecx/contract';
import { testConnection } from './test-connection';
import { silentLog } from './test-store';

/** The time of all tests with a {@link RecordingWorld}. */
export const recordingNow = new Date('2026-03-10T10:00:00Z');

/** The peers of one test: what they have, and what was asked of them. */
export class RecordingWorld {
  search: RecordingSearch | Error = { state: 'not-yet', reason: 'row-missing' };
  /** Bytes by recording id, or what the download throws. */
  files: Record<string, Buffer | Error> = {};
  uploads: (RecordUpload & { content: Buffer })[] = [];
  /** Answers of the next uploads; then all succeed. */
  uploadErrors: Error[] = [];
  /** Uploads fail before the file is sent. */
  addressRefused = false;
  /** Answers of the next reservations; then all succeed. */
  budgetErrors: Error[] = [];
  statistics: StatisticsRow | null = null;
  looks = 0;
  finds = 0;
  saved: { view: CallView; revision: number; extra: SaveExtra }[] = [];
  stored: Partial<StoredCall> | null = null;
  connectionMissing = false;
  duringDownload: (signal: AbortSignal) => Promise<void> = () => Promise.resolve();
  duringUpload: (file: string) => Promise<void> = () => Promise.resolve();

  constructor(readonly tmpDir: string) {}

  deps(extra: Partial<ActivityDependencies> = {}): ActivityDependencies {
    return {
      store: {
        connections: {
          recent: () =>
            Promise.resolve(
              this.connectionMissing ? null : { value: testConnection('https://pbx.example.com') },
            ),
        },
        calls: {
          get: () => Promise.resolve(this.stored),
          save: (_connection: string, view: CallView, revision: number, saved: SaveExtra) => {
            this.saved.push({ view, revision, extra: saved });
            this.stored = view as StoredCall;
            return Promise.resolve();
          },
        },
      } as unknown as ActivityDependencies['store'],
      threecx: this.threecx(),
      bitrix24: {
        findStatistics: () => {
          this.looks += 1;
          return Promise.resolve(this.statistics);
        },
        reserveUpload: () => {
          const error = this.budgetErrors.shift();
          return error === undefined ? Promise.resolve({ takenAtMs: 0 }) : Promise.reject(error);
        },
        attachRecord: async (_context: unknown, upload: RecordUpload) => {
          if (!this.addressRefused) await upload.uploading?.();
          await this.duringUpload(upload.file);
          const error = this.uploadErrors.shift();
          if (error !== undefined) throw error;
          this.uploads.push({ ...upload, content: await readFile(upload.file) });
          return { fileId: 1 };
        },
      } as unknown as ActivityDependencies['bitrix24'],
      log: silentLog,
      tmpDir: this.tmpDir,
      timeScale: 1,
      httpTimeoutMs: 65_000,
      clock: () => recordingNow,
      runs: {} as ActivityDependencies['runs'],
      ...extra,
    };
  }

  private threecx(): ThreecxClient {
    const client: Pick<ThreecxClient, 'findRecordings' | 'download'> = {
      findRecordings: () => {
        this.finds += 1;
        return this.search instanceof Error ? Promise.reject(this.search) : Promise.resolve(this.search);
      },
      download: async ({ signal }, recording, target) => {
        await this.duringDownload(signal!);
        const bytes = this.files[recording.id];
        if (bytes instanceof Error || bytes === undefined) throw bytes ?? new Error('no such file');
        await writeFile(target.file, bytes, { flag: 'wx' });
        target.progress(bytes.length);
        return { bytes: bytes.length, contentType: null };
      },
    };
    return client as ThreecxClient;
  }

  /** The PBX finds these recordings. */
  has(...ids: string[]): void {
    const recordings = ids.map((id) => ({
      id,
      startedAt: null,
      from: { kind: 'path' as const, path: `/${id}` },
    }));
    this.search = { state: 'found', recordings };
  }

  /** The recording as the ledger shows it last. */
  get recording(): RecordingView | undefined {
    return this.saved.at(-1)?.view.recording;
  }

  /** Runs the activity once. */
  run(options: RunOptions = {}, env = quietEnvironment(options.info)): Promise<RecordingResult> {
    const activity = createAttachRecording(this.deps(options.deps), { maxBytes: options.maxBytes ?? 1e9 });
    return env.run(activity, input(options.input));
  }

  /** Runs the activity once and reads its failure as the workflow does. */
  async failure(
    options: RunOptions = {},
    env?: MockActivityEnvironment,
  ): Promise<{ type: string; reason: string; delayMs: unknown; retryable: boolean }> {
    const error: unknown = await this.run(options, env).catch((thrown: unknown) => thrown);
    if (!(error instanceof ApplicationFailure)) throw new Error('no failure', { cause: error });
    const [detail] = error.details as [{ reason: string; mend: string }];
    expect(detail.mend.length).toBeGreaterThan(5);
    return {
      type: error.type ?? '',
      reason: detail.reason,
      delayMs: error.nextRetryDelay,
      retryable: !error.nonRetryable,
    };
  }
}

/** An activity's surroundings that write no log lines. */
export function quietEnvironment(info?: Partial<Info>): MockActivityEnvironment {
  return new MockActivityEnvironment(info, { logger: new DefaultLogger('ERROR', () => undefined) });
}

const view = {
  marks: [],
  callId: 'call-1',
  state: 'attention',
  attention: { reason: 'x', since: recordingNow.toISOString(), mend: 'y' },
  recording: { state: 'waiting', attempts: 0 },
} as unknown as CallView;

const input = (extra: Partial<RecordingInput> = {}): RecordingInput => ({
  connection: 'office',
  callId: 'call-1',
  workflowId: 'call/office/call-1',
  view,
  revision: 1_000_000,
  deliveryKeys: [],
  bitrix24CallId: 'externalCall.1',
  direction: 'inbound',
  extensions: ['101'],
  callerNumber: '79161234567',
  did: null,
  startedAt: '2026-03-10T12:58:50+03:00',
  answeredAt: null,
  endedAt: '2026-03-10T13:00:00+03:00',
  durationSeconds: 60,
  recordingId: null,
  deadline: '2026-03-12T10:00:00Z',
  ...extra,
});

/** What differs from the usual run. */
export interface RunOptions {
  info?: Partial<Info>;
  deps?: Partial<ActivityDependencies>;
  input?: Partial<RecordingInput>;
  maxBytes?: number;
}

/** A translated error of a peer. */
export const peerError = (
  peer: 'threecx' | 'bitrix24',
  reaction: PeerError['reaction'],
  reason: string,
  retryAfterMs?: number,
): PeerError => new PeerError(peer, reaction, reason, { mend: 'Do something about it.', retryAfterMs });

/** The portal's row of a call that has its recording. */
export const attachedRow: StatisticsRow = {
  id: '1',
  bitrix24CallId: 'externalCall.1',
  externalCallId: null,
  userId: 1,
  activityId: null,
  recordFileId: 77,
};
