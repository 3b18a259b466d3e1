import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import {
  RecordingWorld,
  attachedRow,
  peerError,
  quietEnvironment,
  recordingNow,
} from '../../test/support/recording-world';
import { mp3File, wavFile } from '../../test/support/wav';
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

describe('a recording that is there', () => {
  it('is attached byte for byte under a name of its own', async () => {
    world.has('7');
    world.files['7'] = sound;
    await expect(world.run()).resolves.toEqual({
      state: 'attached',
      bytes: sound.length,
      parts: 1,
      attempts: 1,
      saved: true,
    });
    expect(world.uploads).toHaveLength(1);
    expect(world.uploads[0]).toMatchObject({
      bitrix24CallId: 'externalCall.1',
      bytes: sound.length,
      content: sound,
    });
    expect(world.uploads[0]?.fileName).toMatch(/^20260310095850-[0-9a-f]{12}-1\.wav$/);
    expect(world.looks).toBe(0);
  });

  it('closes the ledger row, out of attention', async () => {
    world.has('7');
    world.files['7'] = sound;
    await world.run();
    const last = world.saved.at(-1);
    expect(last?.view).toMatchObject({
      state: 'finished',
      recording: { state: 'attached', bytes: sound.length, attempts: 1 },
    });
    expect(last?.view).not.toHaveProperty('attention');
    expect(last?.extra.closed).toBe(true);
    const revisions = world.saved.map(({ revision }) => revision);
    expect(revisions).toEqual([...new Set(revisions)].sort((a, b) => a - b));
    expect(revisions[0]).toBeGreaterThan(1_000_000);
  });

  it('may be an MP3', async () => {
    world.has('7');
    world.files['7'] = mp3File(100);
    await world.run();
    expect(world.uploads[0]?.fileName).toMatch(/\.mp3$/);
  });

  it('gets another name with every attempt and every run', async () => {
    world.has('7');
    world.files['7'] = sound;
    await world.run({ info: { attempt: 2 } });
    await world.run({ info: { attempt: 3 } });
    await world.run({ info: { attempt: 3, activityId: 'another' } });
    expect(new Set(world.uploads.map(({ fileName }) => fileName)).size).toBe(3);
  });

  it('is made of the parts of a call that was passed on, in their order', async () => {
    const [one, two] = [randomBytes(800), randomBytes(400)];
    world.has('9', '3');
    world.files = { 9: wavFile(one), 3: wavFile(two) };
    await expect(world.run()).resolves.toMatchObject({ state: 'attached', parts: 2 });
    expect(world.uploads[0]?.content).toEqual(wavFile(Buffer.concat([one, two])));
  });
});

describe('a recording that is not there yet', () => {
  it.each([
    [1, 5_000],
    [4, 60_000],
    [20, 1_800_000],
  ])('is looked for again: attempt %i, in %i ms', async (attempt, delayMs) => {
    await expect(world.failure({ info: { attempt } })).resolves.toEqual({
      type: 'NotYet',
      reason: 'row-missing',
      delayMs,
      retryable: true,
    });
    expect(world.recording).toEqual({
      state: 'waiting',
      reason: 'row-missing',
      attempts: attempt,
      nextAttemptAt: new Date(recordingNow.getTime() + delayMs).toISOString(),
    });
    expect(world.saved.at(-1)?.extra.closed).toBe(false);
  });

  it('is looked for at the deadline for the last time', async () => {
    const deadline = new Date(recordingNow.getTime() + 30_000).toISOString();
    await expect(world.failure({ info: { attempt: 20 }, input: { deadline } })).resolves.toMatchObject({
      delayMs: 30_000,
    });
  });

  it('is given up after the deadline, with the reason and what to do', async () => {
    await expect(world.run({ input: { deadline: recordingNow.toISOString() } })).resolves.toEqual({
      state: 'unavailable',
      reason: 'row-missing',
      mend: expect.any(String) as string,
      attempts: 1,
      saved: true,
    });
    expect(world.recording).toMatchObject({ state: 'unavailable', reason: 'row-missing' });
  });

  it('counts looks over several runs of the step', async () => {
    await world.failure();
    await world.failure();
    expect(world.recording?.attempts).toBe(2);
  });

  it('shortens our waits in tests', async () => {
    await expect(world.failure({ deps: { timeScale: 100 } })).resolves.toMatchObject({ delayMs: 50 });
  });
});

it('says that there is none and never will be', async () => {
  world.search = { state: 'never', reason: 'recording-off' };
  await expect(world.run()).resolves.toMatchObject({ state: 'none', reason: 'recording-off' });
  expect(world.recording).toEqual({ state: 'none', reason: 'recording-off', attempts: 1 });
});

describe('a repeated attempt', () => {
  beforeEach(() => {
    world.has('7');
    world.files['7'] = sound;
    world.statistics = attachedRow;
  });

  it('attaches nothing twice', async () => {
    await expect(world.run({ info: { attempt: 2 } })).resolves.toMatchObject({
      state: 'attached',
      bytes: sound.length,
    });
    expect(world.uploads).toEqual([]);
    expect(world.looks).toBe(1);
  });

  it('looks first, without fetching anything, when an earlier one had come to the upload', async () => {
    const heartbeatDetails = { phase: 'upload', bytes: 4_321, parts: 2 };
    await expect(world.run({ info: { attempt: 2, heartbeatDetails } })).resolves.toMatchObject({
      state: 'attached',
      bytes: 4_321,
      parts: 2,
    });
    expect(world.finds).toBe(0);
  });

  it('knows an earlier run of the step by the ledger', async () => {
    world.stored = { recording: { state: 'waiting', attempts: 1, bytes: 5_000 } };
    await expect(world.run()).resolves.toMatchObject({ state: 'attached', bytes: 5_000, attempts: 2 });
    expect(world.uploads).toEqual([]);
  });

  it('uploads when the portal has no recording yet', async () => {
    world.statistics = { ...attachedRow, recordFileId: null };
    await world.run({ info: { attempt: 2, heartbeatDetails: { phase: 'upload', bytes: 1, parts: 1 } } });
    expect(world.uploads).toHaveLength(1);
    expect(world.looks).toBe(1);
  });

  it('says that it is attached rather than giving up', async () => {
    world.search = { state: 'not-yet', reason: 'row-missing' };
    await expect(
      world.run({ info: { attempt: 9 }, input: { deadline: recordingNow.toISOString() } }),
    ).resolves.toMatchObject({ state: 'attached' });
  });
});

describe('the portal’s budget', () => {
  const full = (waitMs: number): PeerError => peerError('bitrix24', 'not-yet', 'portal-budget', waitMs);
  const budgetWait = { phase: 'look', bytes: 0, parts: 0, queued: 1, cleanThrough: 1 };
  beforeEach(() => {
    world.has('7');
    world.files['7'] = sound;
  });

  it('is taken before anything is fetched, and a turn in it is kept to the moment', async () => {
    world.budgetErrors = [full(1_234)];
    world.files = {};
    const env = quietEnvironment();
    const beats: unknown[] = [];
    env.on('heartbeat', (details) => beats.push(structuredClone(details)));
    await expect(world.failure({}, env)).resolves.toMatchObject({ reason: 'portal-budget', delayMs: 1_234 });
    expect(beats.at(-1)).toEqual(budgetWait);
    await expect(world.failure({ info: { attempt: 20 } })).resolves.toMatchObject({ reason: 'step-failed' });
  });

  it('is asked first by who has found the recording before', async () => {
    world.budgetErrors = [full(40_000)];
    const info = { attempt: 2, heartbeatDetails: budgetWait };
    await expect(world.failure({ info })).resolves.toMatchObject({ delayMs: 40_000 });
    expect(world.finds).toBe(0);
    expect(world.looks).toBe(0);
  });

  it('is no reason to look into the statistics, nor a look of its own', async () => {
    const heartbeatDetails = { ...budgetWait, queued: 19, cleanThrough: 19 };
    const info = { attempt: 20, heartbeatDetails };
    await expect(world.run({ info })).resolves.toMatchObject({ state: 'attached' });
    expect(world.looks).toBe(0);
    world.search = { state: 'not-yet', reason: 'row-missing' };
    await expect(world.failure({ info })).resolves.toMatchObject({ delayMs: 5_000 });
  });

  it('does not hide an upload of an attempt that ended without a word', async () => {
    world.statistics = attachedRow;
    const info = { attempt: 4, heartbeatDetails: { ...budgetWait, queued: 2, cleanThrough: 2 } };
    await expect(world.run({ info })).resolves.toMatchObject({ state: 'attached' });
    expect(world.uploads).toEqual([]);
  });
});

it('does not count as uploaded what came no further than asking for the address', async () => {
  world.has('7');
  world.files['7'] = sound;
  world.addressRefused = true;
  world.uploadErrors = [peerError('bitrix24', 'not-yet', 'portal-unreachable')];
  const env = quietEnvironment();
  const beats: unknown[] = [];
  env.on('heartbeat', (details) => beats.push(structuredClone(details)));
  await world.failure({}, env);
  expect(beats.at(-1)).toMatchObject({ phase: 'download', cleanThrough: 1 });
  expect(world.stored?.recording).not.toHaveProperty('bytes');
});

describe('a portal in trouble', () => {
  beforeEach(() => {
    world.has('7');
    world.files['7'] = sound;
  });

  it('is waited for in place when it takes no longer than fetching once more', async () => {
    world.uploadErrors = [
      peerError('bitrix24', 'not-yet', 'budget', 20),
      peerError('bitrix24', 'not-yet', 'budget', 20),
    ];
    await expect(world.run()).resolves.toMatchObject({ state: 'attached' });
    expect(world.uploads[0]?.fileName).toMatch(/-1-2\.wav$/);
  });

  it.each<[PeerError, object]>([
    [
      peerError('bitrix24', 'not-yet', 'portal-unreachable'),
      { type: 'NotYet', reason: 'portal-unreachable' },
    ],
    [peerError('bitrix24', 'not-yet', 'operating-limit', 600_000), { type: 'NotYet', delayMs: 600_000 }],
    [peerError('bitrix24', 'ambiguous', 'answer-lost'), { type: 'NotYet', reason: 'answer-lost' }],
    [peerError('bitrix24', 'authorisation', 'token-lost'), { type: 'AuthorisationLost', retryable: false }],
  ])('is asked again later: %p', async (error, expected) => {
    world.uploadErrors = [error];
    await expect(world.failure()).resolves.toMatchObject(expected);
    expect(world.stored?.recording?.bytes).toBe(sound.length);
  });

  it('ends the waiting when it refuses for good', async () => {
    world.uploadErrors = [peerError('bitrix24', 'gone', 'call-not-found')];
    await expect(world.run()).resolves.toMatchObject({ state: 'unavailable', reason: 'call-not-found' });
  });
});

it('needs a person when the connection is gone', async () => {
  world.connectionMissing = true;
  await expect(world.failure()).resolves.toMatchObject({ type: 'NeedsPerson', reason: 'connection-missing' });
});

it('works without the ledger', async () => {
  world.has('7');
  world.files['7'] = sound;
  const deps = world.deps();
  deps.store.calls.get = () => Promise.reject(new Error('down'));
  deps.store.calls.save = () => Promise.reject(new Error('down'));
  await expect(world.run({ deps: { store: deps.store } })).resolves.toMatchObject({
    state: 'attached',
    saved: false,
  });
  // It cannot know whether there was an earlier run, so it looked.
  expect(world.looks).toBe(1);
});
