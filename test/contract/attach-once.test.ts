import { createHash } from 'node:crypto';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createAttachRecording } from '../../src/activities/attach-recording';
import type { ActivityDependencies } from '../../src/activities/dependencies';
import { multipartFile } from '../../src/bitrix24/multipart-file';
import type { RecordingInput, RecordingResult } from '../../src/domain/call-steps';
import { openView } from '../support/open-view';
import { wavFile } from '../support/wav';
import { hangs, mishaps } from './call-bench';
import type { Attempts, AuthKind, Lab } from './portal-lab';
import { attempts, LabDatabase, parameters, shortTimeoutMs } from './portal-lab';

const databases = new LabDatabase();
let folder: string;
beforeAll(async () => {
  await databases.open();
  folder = await mkdtemp(path.join(os.tmpdir(), 'attach-'));
});
afterAll(async () => {
  await databases.close();
  await rm(folder, { recursive: true });
});

let lab: Lab;
let bitrix24CallId: string;
let file: string;
const content = wavFile(Buffer.alloc(150_000, 7));
afterEach(() => lab.close());

async function finishedCall(kind: AuthKind, options: Parameters<LabDatabase['lab']>[1] = {}): Promise<void> {
  lab = await databases.lab(kind, options);
  lab.sim.control.addContact({ phones: ['79991234567'] });
  ({ bitrix24CallId } = await lab.client.register(lab.context(), parameters(lab)));
  const talk = { userId: 1269, durationSeconds: 42, statusCode: '200', addToChat: false };
  await lab.client.finish(lab.context(), { bitrix24CallId, ...talk });
  file = path.join(folder, 'call.wav');
  await writeFile(file, content);
}

/** A PBX that has the recording of every call at once. */
const pbx = {
  findRecordings: () =>
    Promise.resolve({
      state: 'found',
      recordings: [{ id: '7', startedAt: null, from: { kind: 'path', path: '/7' } }],
    }),
  download: async (_context: unknown, _recording: unknown, { file: target }: { file: string }) => {
    await writeFile(target, content, { flag: 'wx' });
    return { bytes: content.length, contentType: null };
  },
} as unknown as ActivityDependencies['threecx'];

const recordingInput = (): RecordingInput => ({
  connection: lab.connection.id,
  callId: 'call-1',
  workflowId: 'call/lab/call-1',
  bitrix24CallId,
  direction: 'inbound',
  extensions: ['101'],
  callerNumber: '79991234567',
  did: null,
  startedAt: new Date(lab.now()).toISOString(),
  answeredAt: null,
  endedAt: new Date(lab.now()).toISOString(),
  durationSeconds: 42,
  recordingId: null,
  deadline: new Date(lab.now() + 48 * 3_600_000).toISOString(),
  view: openView('call-1', { state: 'finished', recording: { state: 'waiting', attempts: 0 } }),
  revision: 1,
  deliveryKeys: [],
});

const activity = (patch: Partial<ActivityDependencies> = {}): (() => Promise<RecordingResult>) => {
  const run = createAttachRecording(lab.deps({ threecx: pbx, tmpDir: folder, ...patch }));
  return () => run(recordingInput());
};

/** Attempts until one succeeds, as Temporal makes them; waits are not waited for. */
async function attach(
  options: { tries?: Attempts; run?: () => () => Promise<RecordingResult>; each?: () => void } = {},
): Promise<number> {
  const tries = options.tries ?? attempts({ heartbeatTimeoutMs: 15_000 });
  for (let attempt = 1; attempt <= 6; attempt++) {
    try {
      const result = await tries.next((options.run ?? activity)());
      expect(result).toMatchObject({ state: 'attached', bytes: content.length });
      return attempt;
    } catch (error) {
      if ((error as { nonRetryable?: boolean }).nonRetryable !== false) throw error;
      await databases.letLimitsPass();
      options.each?.();
    }
  }
  throw new Error('not attached');
}

async function expectOneRecording(): Promise<void> {
  const { statistics, activities, files } = lab.sim.control;
  expect(files).toHaveLength(1);
  expect(statistics).toMatchObject([{ recordFileId: files[0]?.id }]);
  expect(activities).toMatchObject([{ fileIds: [files[0]?.id] }]);
  expect(await lab.sim.control.sha256(files[0]!.id)).toBe(createHash('sha256').update(content).digest('hex'));
}

const slowOnly = (kind: string): { httpTimeoutMs?: number } =>
  kind === 'hang' ? { httpTimeoutMs: shortTimeoutMs } : {};

/** A short wait for the portal's rate is waited for in place. */
const attemptsFor = (kind: string): number => (kind === 'rate-limited' ? 1 : 2);

describe('a recording is attached once', () => {
  it.each(mishaps)('when its upload meets %s: %s', async (kind) => {
    await finishedCall('webhook', slowOnly(kind));
    lab.sim.control.faults.add({ kind, method: 'upload', ...(kind === 'hang' ? hangs : {}) });
    expect(await attach()).toBe(attemptsFor(kind));
    await expectOneRecording();
  });

  it.each(mishaps)('when asking for the address meets %s: %s', async (kind) => {
    await finishedCall('webhook', slowOnly(kind));
    const method = 'telephony.externalcall.attachrecord';
    lab.sim.control.faults.add({ kind, method, ...(kind === 'hang' ? hangs : {}) });
    expect(await attach()).toBe(attemptsFor(kind));
    await expectOneRecording();
  });

  it.each(['telephony.externalcall.attachrecord', 'upload'])(
    'when the token expires at %s',
    async (method) => {
      await finishedCall('application');
      lab.sim.control.faults.add({ kind: 'expire-token', method });
      await attach();
      await expectOneRecording();
      expect(lab.sim.control.refreshes).toBe(1);
    },
  );
});

describe('a recording is attached once, and once only, whoever tries', () => {
  it.each([0, 31, 600])(
    'when the worker died after its upload, and another goes on %i minutes later',
    async (minutes) => {
      await finishedCall('webhook');
      lab.sim.control.faults.add({ kind: 'lose-answer', method: 'upload' });
      const other = await lab.anotherWorker();
      const tries = attempts({ heartbeatTimeoutMs: 15_000 });
      let worker = {};
      const made = await attach({
        tries,
        run: () => activity(worker),
        each: () => {
          tries.forget();
          worker = { store: other.store, bitrix24: other.client };
          lab.sim.control.clock.advance(minutes * 60_000);
        },
      });
      expect(made).toBe(2);
      await expectOneRecording();
      expect(lab.sim.control.requestCount('upload')).toBe(1);
    },
  );

  it('when a worker was frozen over its download: it sends nothing, and the next one does', async () => {
    await finishedCall('webhook');
    let sleptMs = 0;
    const now = Date.now.bind(Date);
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => now() + sleptMs);
    const download: typeof pbx.download = async (...given) => {
      const answer = await pbx.download(...given);
      sleptMs = 16_000;
      return answer;
    };
    const frozen = activity({ threecx: { ...pbx, download } });
    const first = attempts({ heartbeatTimeoutMs: 15_000 }).next(frozen);
    await expect(first).rejects.toMatchObject({ details: [{ reason: 'attempt-too-late' }] });
    clock.mockRestore();
    expect(lab.sim.control.requestCount('upload')).toBe(0);
    await attach();
    await expectOneRecording();
  });

  it('when two workers upload at once: the portal links one of the two files', async () => {
    await finishedCall('webhook');
    const gate = lab.sim.control.faults.barrier({ method: 'upload', count: 1 });
    const first = attempts({ heartbeatTimeoutMs: 15_000 }).next(activity());
    await gate.held;
    const other = await lab.anotherWorker();
    await attach({
      tries: attempts({ heartbeatTimeoutMs: 15_000, activityId: '2' }),
      run: () => activity({ store: other.store, bitrix24: other.client }),
    });
    gate.release();
    await first;
    const { statistics, activities, files } = lab.sim.control;
    const linked = statistics[0]?.recordFileId;
    expect(files.map((one) => one.id)).toContain(linked);
    expect(activities).toMatchObject([{ fileIds: [linked] }]);
  });

  it('or linked once where nobody may look, after an answer that was lost: the repeat takes the place of the first', async () => {
    await finishedCall('webhook', { switches: { statisticsRight: false } });
    lab.sim.control.faults.add({ kind: 'lose-answer', method: 'upload' });
    expect(await attach()).toBe(2);
    const { statistics, activities, files } = lab.sim.control;
    const { id } = files.at(-1)!;
    expect(statistics).toMatchObject([{ recordFileId: id }]);
    expect(activities).toMatchObject([{ fileIds: [id] }]);
  });

  it('and each call’s file has a name of its own, or the portal would refuse the second one', async () => {
    await finishedCall('webhook');
    await attach();
    const second = { ...parameters(lab), externalCallId: 'lab/call-2' };
    ({ bitrix24CallId } = await lab.client.register(lab.context(), second));
    const talk = { userId: 1269, durationSeconds: 42, statusCode: '200', addToChat: false };
    await lab.client.finish(lab.context(), { bitrix24CallId, ...talk });
    const run = createAttachRecording(lab.deps({ threecx: pbx, tmpDir: folder }));
    const input = { ...recordingInput(), callId: 'call-2', workflowId: 'call/lab/call-2' };
    expect(await attempts().next(() => run(input))).toMatchObject({ state: 'attached' });
    expect(new Set(lab.sim.control.files.map(({ name }) => name)).size).toBe(2);
  });

  it('when the person who talked has left meanwhile', async () => {
    await finishedCall('webhook');
    lab.sim.control.updateUser(1269, { active: false });
    await attach();
    await expectOneRecording();
  });

  it('or not at all where somebody deleted the call: it is asked for until the deadline, and then said', async () => {
    await finishedCall('webhook');
    lab.sim.control.state.statistics = [];
    await expect(attempts().next(activity())).rejects.toMatchObject({
      type: 'NotYet',
      details: [{ reason: 'call-not-finished' }],
    });
    lab.sim.control.clock.advance(49 * 3_600_000);
    const deadline = new Date(lab.now() - 1).toISOString();
    const run = createAttachRecording(lab.deps({ threecx: pbx, tmpDir: folder }));
    await expect(attempts().next(() => run({ ...recordingInput(), deadline }))).resolves.toMatchObject({
      state: 'unavailable',
      reason: 'call-not-finished',
    });
    expect(lab.sim.control.files).toEqual([]);
  });
});

it('uploads a large file without holding it in memory', async () => {
  await finishedCall('webhook');
  const bytes = 300 * 1024 * 1024;
  const large = path.join(folder, 'large.wav');
  const handle = await open(large, 'w');
  await handle.write('RIFF0000WAVE');
  await handle.truncate(bytes);
  await handle.close();
  const held = (): number => process.memoryUsage().arrayBuffers;
  const before = held();
  let most = 0;
  const watch = setInterval(() => (most = Math.max(most, held() - before)), 5);
  const upload = { bitrix24CallId, file: large, bytes, fileName: 'large.wav' };
  await lab.client.attachRecord(lab.context(), upload);
  clearInterval(watch);
  expect(lab.sim.control.files[0]?.bytes).toBe(bytes);
  // Client and stand-in together, with what the collector has not fetched yet.
  expect(most).toBeLessThan(100 * 1024 * 1024);
});

it('gives an upload up that stands still', async () => {
  await finishedCall('webhook');
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  try {
    let stalled = 0;
    const limits = { pieceMs: 30_000, answerMs: 65_000 };
    const part = { file, bytes: content.length, fileName: 'a.wav', fieldName: 'file' };
    const body = multipartFile(part, limits, () => (stalled += 1));
    jest.advanceTimersByTime(29_000);
    let bytes = 0;
    for await (const piece of body.stream) bytes += (piece as Buffer).length;
    expect(bytes).toBe(body.contentLength);
    jest.advanceTimersByTime(64_000);
    expect(stalled).toBe(0);
    jest.advanceTimersByTime(2_000);
    expect(stalled).toBe(1);
    body.close();
  } finally {
    jest.useRealTimers();
  }
});
