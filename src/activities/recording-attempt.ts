import { createHash } from 'node:crypto';
import { unlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '@temporalio/activity';
import { TemporalFailure } from '@temporalio/common';
import type { RecordingInput, RecordingOutcome } from '../domain/call-steps';
import { isHeldBack } from '../bitrix24';
import type { UploadReservation } from '../bitrix24/contract';
import type { Connection } from '../domain/connection';
import { PeerError } from '../domain/peer-error';
import type { FoundRecording } from '../threecx';
import { diskError, mendOfReason } from '../threecx';
import type { ActivityDependencies } from './dependencies';
import { notYet, toFailure } from './failures';
import { lookUpCall } from './look-up-call';
import { joinRecordings } from './join-recordings';
import type { RecordingPart, WholeRecording } from './join-recordings';
import type { Pulse } from './pulse';
import { inspectAudio } from './recording-audio';
import { newRecordingFile } from './recording-file';
import type { RecordingLedger } from './recording-ledger';
import { lookAgainAfterMs } from './recording-schedule';

/** So often something that is no sound at all is fetched again before it is given up. */
const notAudioTries = 4;
/** A short wait for the portal is cheaper than fetching the recording once more. */
const shortWaitMs = 10_000;
const shortWaits = 5;

/** How far an attempt has come: what its heartbeats carry, and what the next attempt reads. */
export interface RecordingProgress {
  phase: 'look' | 'download' | 'upload';
  bytes: number;
  parts: number;
  /** Attempts that found the recording and had to wait for the portal's budget: they are no looks. */
  queued?: number;
  /** No attempt up to this one has begun an upload. */
  cleanThrough?: number;
}

interface AttemptOptions {
  deps: ActivityDependencies;
  input: RecordingInput;
  connection: Connection;
  activity: Context;
  pulse: Pulse;
  ledger: RecordingLedger;
  maxBytes: number;
}

/** One look for a call's recording: find, fetch, check, join, attach. */
export class RecordingAttempt {
  progress: RecordingProgress;
  private readonly files: string[] = [];
  private readonly attempt: number;
  /** Number of this look, without attempts that only waited for the budget. */
  private readonly look: number;
  private readonly before: RecordingProgress | null;
  /** Proved that nothing was uploaded, by this attempt or an earlier one. */
  private clean: boolean;
  private reserved: UploadReservation | undefined;
  private looked: Promise<RecordingOutcome | null> | null = null;

  constructor(private readonly options: AttemptOptions) {
    const { info } = options.activity;
    this.attempt = info.attempt;
    this.before = (info.heartbeatDetails as RecordingProgress | undefined) ?? null;
    const queued = this.before?.queued ?? 0;
    this.look = this.attempt - queued;
    this.clean =
      this.attempt === 1 ? options.ledger.earlier === null : this.before?.cleanThrough === this.attempt - 1;
    this.progress = { phase: 'look', bytes: 0, parts: 0, ...(queued === 0 ? {} : { queued }) };
  }

  /** @throws {ApplicationFailure} when it is to be looked again, or when a person must act first. */
  async run(): Promise<RecordingOutcome> {
    const { deps } = this.options;
    try {
      if (this.mayHaveUploaded()) {
        const attached = await this.attachedBefore();
        if (attached !== null) return attached;
      }
      // Found before: who has to go on waiting need not bother the PBX again.
      if (this.before?.queued !== undefined) await this.reserve();
      const search = await deps.threecx.findRecordings(this.context(), this.options.input);
      if (search.state === 'never') return { state: 'none', reason: search.reason };
      if (search.state === 'not-yet')
        return await this.wait(search.reason, mendOfReason(search.reason), null);
      await this.reserve();
      const whole = await this.fetch(search.recordings);
      return 'state' in whole ? whole : await this.attach(whole);
    } catch (error) {
      return await this.afterFailure(error);
    }
  }

  /** Takes the upload out of the portal's budget before anything is fetched. */
  private async reserve(): Promise<void> {
    if (this.reserved !== undefined) return;
    try {
      this.reserved = await this.options.deps.bitrix24.reserveUpload(this.context());
    } catch (error) {
      if (isHeldBack(error)) this.progress.queued = (this.before?.queued ?? 0) + 1;
      throw error;
    }
  }

  /** Deletes the temporary files; never fails. */
  async cleanUp(): Promise<void> {
    await Promise.all(this.files.map((file) => unlink(file).catch(() => undefined)));
  }

  private async fetch(recordings: FoundRecording[]): Promise<WholeRecording | RecordingOutcome> {
    const { deps, maxBytes } = this.options;
    const parts: RecordingPart[] = [];
    this.progress = { ...this.progress, phase: 'download', bytes: 0, parts: 0 };
    for (const recording of recordings) {
      const file = this.newFile();
      const before = this.progress.bytes;
      await deps.threecx.download(this.context(), recording, {
        file,
        maxBytes,
        progress: (bytes) => (this.progress.bytes = before + bytes),
      });
      const audio = await inspectAudio(file);
      if (typeof audio === 'string') {
        if (audio === 'not-audio' && this.look >= notAudioTries)
          return this.giveUp('not-audio', mendOfReason('not-audio'));
        return this.wait(audio, mendOfReason(audio), null);
      }
      parts.push({ file, audio });
      this.progress.parts = parts.length;
    }
    const [first, ...others] = parts;
    if (first === undefined) return this.wait('row-missing', mendOfReason('row-missing'), null);
    const limits = { maxBytes, signal: this.signal };
    return joinRecordings([first, ...others], this.newFile(), limits).catch((error: unknown) => {
      throw diskError(error);
    });
  }

  private async attach({ file, audio, parts }: WholeRecording): Promise<RecordingOutcome> {
    const { bytes } = audio;
    if (!this.clean) {
      const attached = await this.attachedBefore();
      if (attached !== null) return attached;
    }
    for (let round = 0; ; round++) {
      try {
        await this.upload({ file, audio, parts }, round);
        return { state: 'attached', bytes, parts };
      } catch (error) {
        const waitMs = error instanceof PeerError && error.reaction === 'not-yet' ? error.retryAfterMs : null;
        if (waitMs === null || waitMs > shortWaitMs || round >= shortWaits) throw error;
        await sleep(waitMs, undefined, { signal: this.signal });
      }
    }
  }

  private async upload({ file, audio, parts }: WholeRecording, round: number): Promise<void> {
    const { deps, input, activity, ledger, pulse } = this.options;
    const { bytes, kind } = audio;
    const { reserved } = this;
    await deps.bitrix24.attachRecord(this.context(), {
      bitrix24CallId: input.bitrix24CallId,
      fileName: `${this.fileStem()}-${this.attempt}${round === 0 ? '' : `-${round}`}.${kind}`,
      file,
      bytes,
      // What was taken before pays for one try.
      ...(reserved === undefined || round > 0 ? {} : { reserved }),
      uploading: async () => {
        if (pulse.overslept) throw tooLate();
        this.clean = false;
        this.progress = { ...this.progress, phase: 'upload', bytes, parts };
        activity.heartbeat(this.progress);
        await ledger.waiting({ bytes });
      },
    });
  }

  /** Start and a hash that differs with every run of the step, so that no two uploads share a name. */
  private fileStem(): string {
    const { input, activity } = this.options;
    const { workflowExecution, activityId } = activity.info;
    const key = [input.connection, input.callId, workflowExecution?.runId ?? '', activityId].join('/');
    const start = new Date(input.startedAt).toISOString().replace(/\D/g, '').slice(0, 14);
    return `${start}-${createHash('sha256').update(key).digest('hex').slice(0, 12)}`;
  }

  private async afterFailure(error: unknown): Promise<RecordingOutcome> {
    const { deps, activity, input, ledger, pulse } = this.options;
    if (this.clean) this.progress.cleanThrough = this.attempt;
    activity.heartbeat(this.progress);
    if (activity.cancellationSignal.aborted) await activity.cancelled;
    if (error instanceof TemporalFailure) throw error;
    // Another attempt may keep the ledger's row by now.
    if (pulse.overslept) throw tooLate(error);
    if (!(error instanceof PeerError)) {
      deps.log.warn({ err: error, callId: input.callId }, 'A look for a recording failed');
      return this.wait('step-failed', 'See the log of the worker.', null);
    }
    const { reason, mend, reaction, retryAfterMs } = error;
    switch (reaction) {
      case 'not-yet':
      case 'ambiguous':
        return this.wait(reason, mend, retryAfterMs, error);
      case 'refused':
      case 'gone':
        return this.giveUp(reason, mend);
      case 'authorisation':
        if (this.leftMs() <= 0) return this.giveUp(reason, mend);
        await ledger.waiting({ reason });
        throw toFailure(error);
    }
  }

  /** Ends this look; after the deadline it ends the waiting. */
  private async wait(
    reason: string,
    mend: string,
    retryAfterMs: number | null,
    cause?: unknown,
  ): Promise<RecordingOutcome> {
    const { deps, ledger } = this.options;
    const leftMs = this.leftMs();
    if (leftMs <= 0) return this.giveUp(reason, mend);
    // A turn in the budget is kept to the moment: left unused it would be lost to everybody.
    const delayMs = isHeldBack(cause)
      ? Math.max(1, Math.min(cause.retryAfterMs ?? 0, leftMs))
      : lookAgainAfterMs(this.look, leftMs, { timeScale: deps.timeScale, retryAfterMs });
    const nextAttemptAt = new Date(deps.clock().getTime() + delayMs).toISOString();
    await ledger.waiting({ reason, nextAttemptAt });
    throw notYet({ reason, mend }, { delayMs, cause });
  }

  private async giveUp(reason: string, mend: string): Promise<RecordingOutcome> {
    if (!this.clean) {
      const attached = await this.attachedBefore().catch(() => null);
      if (attached !== null) return attached;
    }
    return { state: 'unavailable', reason, mend };
  }

  /** An earlier attempt had come as far as the upload, so its answer may have been lost. */
  private mayHaveUploaded(): boolean {
    return this.before?.phase === 'upload' || this.options.ledger.earlier?.bytes !== undefined;
  }

  /**
   * Asks the portal, at most once per look, whether the call has its recording. Where it does not let us look it is uploaded
   * again: the portal then links the later file in the place of the earlier one (`bitrix24.md` 5.3).
   */
  private attachedBefore(): Promise<RecordingOutcome | null> {
    this.looked ??= this.lookForFile();
    return this.looked;
  }

  private async lookForFile(): Promise<RecordingOutcome | null> {
    const { deps, input, ledger } = this.options;
    const { bitrix24CallId } = input;
    const row = await lookUpCall(deps.bitrix24, this.context(), { bitrix24CallId }, 'recording');
    if (row === null || row === 'cannot-look' || row.recordFileId === null) return null;
    const { bytes, parts } = this.before?.phase === 'upload' ? this.before : this.progress;
    return { state: 'attached', bytes: bytes || (ledger.earlier?.bytes ?? 0), parts: Math.max(1, parts) };
  }

  private get signal(): AbortSignal {
    return this.options.pulse.signal;
  }

  private context(): { connection: Connection; callId: string; attempt: number; signal: AbortSignal } {
    const { connection, input } = this.options;
    return { connection, callId: input.callId, attempt: this.attempt, signal: this.signal };
  }

  private leftMs(): number {
    return Date.parse(this.options.input.deadline) - this.options.deps.clock().getTime();
  }

  private newFile(): string {
    const file = newRecordingFile(this.options.deps.tmpDir);
    this.files.push(file);
    return file;
  }
}

function tooLate(cause?: unknown): Error {
  const mend = 'Nothing to do: the worker was stopped for a while, and another attempt has taken over.';
  return notYet({ reason: 'attempt-too-late', mend }, { cause });
}
