import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { CancelledFailure } from '@temporalio/common';
import { eventually } from '../../test/support/eventually';
import { liveBytes } from '../../test/support/live-memory';
import {
  RecordingWorld,
  peerError,
  quietEnvironment,
  recordingNow,
} from '../../test/support/recording-world';
import { wavFile } from '../../test/support/wav';
import type { PeerError } from '../domain/peer-error';

let world: RecordingWorld;
beforeEach(async () => {
  world = new RecordingWorld(await mkdtemp(path.join(os.tmpdir(), 'attach-')));
});
afterEach(async () => {
  expect(await readdir(world.tmpDir)).toEqual([]);
  await rm(world.tmpDir, { recursive: true });
});

const sound = wavFile(randomBytes(3_200));

describe('a PBX in trouble', () => {
  it.each<[PeerError, object]>([
    [peerError('threecx', 'not-yet', 'pbx-unreachable'), { type: 'NotYet', delayMs: 5_000 }],
    [peerError('threecx', 'not-yet', 'token-superseded', 60_000), { type: 'NotYet', delayMs: 60_000 }],
    [
      peerError('threecx', 'authorisation', 'threecx-secret-refused'),
      { type: 'AuthorisationLost', retryable: false },
    ],
  ])('keeps the recording waiting: %p', async (error, expected) => {
    world.search = error;
    await expect(world.failure()).resolves.toMatchObject({ ...expected, reason: error.reason });
    expect(world.recording).toMatchObject({ state: 'waiting', reason: error.reason });
  });

  it.each([
    peerError('threecx', 'refused', 'too-big'),
    peerError('threecx', 'gone', 'recording-deleted'),
    peerError('threecx', 'refused', 'foreign-address'),
  ])('ends the waiting when it cannot help: %p', async (error) => {
    world.has('7');
    world.files['7'] = error;
    await expect(world.run()).resolves.toMatchObject({
      state: 'unavailable',
      reason: error.reason,
      mend: error.mend,
    });
  });

  it('ends the waiting for a lost authorisation at the deadline', async () => {
    world.search = peerError('threecx', 'authorisation', 'recording-right-missing');
    await expect(world.run({ input: { deadline: recordingNow.toISOString() } })).resolves.toMatchObject({
      state: 'unavailable',
      reason: 'recording-right-missing',
    });
  });

  it('is no reason to stop when something unforeseen happens', async () => {
    world.search = new Error('surprise');
    await expect(world.failure()).resolves.toMatchObject({ type: 'NotYet', reason: 'step-failed' });
  });
});

describe('a portal that is asked before a repeated upload', () => {
  const info = { attempt: 2, heartbeatDetails: { phase: 'upload', bytes: 1, parts: 1 } };
  const answering = (error: PeerError): ReturnType<typeof world.deps>['bitrix24'] => ({
    ...world.deps().bitrix24,
    findStatistics: () => Promise.reject(error),
  });
  beforeEach(() => {
    world.has('7');
    world.files['7'] = sound;
  });

  it('gets it again when it lets nobody look: the later file takes the place of the earlier one', async () => {
    const bitrix24 = answering(peerError('bitrix24', 'refused', 'no-statistics-right'));
    await expect(world.run({ info, deps: { bitrix24 } })).resolves.toMatchObject({ state: 'attached' });
    expect(world.uploads.map(({ fileName }) => fileName)).toEqual([expect.stringMatching(/-2\.wav$/)]);
  });

  it('gets nothing while it cannot answer', async () => {
    const bitrix24 = answering(peerError('bitrix24', 'not-yet', 'portal-unreachable'));
    await expect(world.failure({ info, deps: { bitrix24 } })).resolves.toMatchObject({
      type: 'NotYet',
      reason: 'portal-unreachable',
    });
    expect(world.uploads).toEqual([]);
  });
});

describe('what is no whole recording', () => {
  it.each([
    ['cut short', sound.subarray(0, 1_000), 'cut-short'],
    ['empty', Buffer.alloc(0), 'empty'],
    ['a login page', Buffer.from('<html>'), 'not-audio'],
  ])('is never attached: %s', async (_what, bytes, reason) => {
    world.has('7');
    world.files['7'] = bytes;
    await expect(world.failure()).resolves.toMatchObject({ type: 'NotYet', reason });
    expect(world.uploads).toEqual([]);
  });

  it('is not fetched for ever when it is no sound', async () => {
    world.has('7');
    world.files['7'] = Buffer.from('PK\x03\x04');
    await expect(world.failure({ info: { attempt: 3 } })).resolves.toMatchObject({ reason: 'not-audio' });
    await expect(world.run({ info: { attempt: 4 } })).resolves.toMatchObject({
      state: 'unavailable',
      reason: 'not-audio',
    });
  });

  it('attaches nothing when one part is missing', async () => {
    world.has('7', '8');
    world.files = { 7: sound, 8: peerError('threecx', 'not-yet', 'file-not-there') };
    await expect(world.failure()).resolves.toMatchObject({ reason: 'file-not-there' });
    expect(world.uploads).toEqual([]);
  });
});

it('ends at once when it is cancelled, and leaves no file', async () => {
  world.has('7');
  let downloading = false;
  world.duringDownload = (signal) => {
    downloading = true;
    return new Promise((_resolve, reject) =>
      signal.addEventListener('abort', () => reject(new Error('aborted'))),
    );
  };
  const env = quietEnvironment();
  const running = world.run({}, env);
  const ended = expect(running).rejects.toThrow(CancelledFailure);
  await eventually(() => downloading, 'the download began');
  env.cancel();
  await ended;
});

it('beats while it waits for the network, and says how far it is', async () => {
  world.has('7');
  world.files['7'] = sound;
  const beats: unknown[] = [];
  const env = quietEnvironment();
  env.on('heartbeat', (details) => beats.push(structuredClone(details)));
  world.duringDownload = () => eventually(() => beats.length > 0, 'a heartbeat during the download');
  await world.run({}, env);
  expect(beats[0]).toEqual({ phase: 'download', bytes: 0, parts: 0 });
  expect(beats.at(-1)).toEqual({ phase: 'upload', bytes: sound.length, parts: 1 });
});

it('needs memory that does not depend on the length', async () => {
  const parts = [wavFile(randomBytes(32 * 1024 * 1024)), wavFile(randomBytes(32 * 1024 * 1024))];
  const bytes = parts[0]!.length * 2;
  world.has('1', '2');
  world.files = { 1: parts[0]!, 2: parts[1]! };
  const before = liveBytes();
  let read = 0;
  let most = 0;
  const deps = world.deps();
  deps.bitrix24.attachRecord = async (_context, { file }) => {
    for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
      read += chunk.length;
      if (read % (8 * 1024 * 1024) < chunk.length) most = Math.max(most, liveBytes());
    }
    return { fileId: 1 };
  };
  await expect(world.run({ deps: { bitrix24: deps.bitrix24 } })).resolves.toMatchObject({ parts: 2 });
  expect(read).toBe(bytes - 44);
  expect(most - before).toBeLessThan(bytes / 4);
});
