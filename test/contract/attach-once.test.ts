import { createHash } from 'node:crypto';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { multipartFile } from '../../src/bitrix24/multipart-file';
import { PeerError } from '../../src/domain/peer-error';
import { hangs, mishaps } from './call-bench';
import type { AuthKind, Lab } from './portal-lab';
import { LabDatabase, parameters, shortTimeoutMs } from './portal-lab';

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
const content = Buffer.concat([Buffer.from('RIFF0000WAVE'), Buffer.alloc(150_000, 7)]);
afterEach(() => lab.close());

async function finishedCall(kind: AuthKind, options: { httpTimeoutMs?: number } = {}): Promise<void> {
  lab = await databases.lab(kind, options);
  lab.sim.control.addContact({ phones: ['79991234567'] });
  ({ bitrix24CallId } = await lab.client.register(lab.context(), parameters(lab)));
  const talk = { userId: 1269, durationSeconds: 42, statusCode: '200', addToChat: false };
  await lab.client.finish(lab.context(), { bitrix24CallId, ...talk });
  file = path.join(folder, 'call.wav');
  await writeFile(file, content);
}

/** The rule for repeating an upload: look whether it is there, else a new file name. */
async function attach(): Promise<number> {
  for (let attempt = 1; attempt <= 4; attempt++) {
    if (attempt > 1) {
      const row = await lab.client.findStatistics(lab.context(), { bitrix24CallId }, 'recording');
      if (row?.recordFileId != null) return attempt;
    }
    try {
      const upload = { bitrix24CallId, file, bytes: content.length, fileName: `call-${attempt}.wav` };
      await lab.client.attachRecord(lab.context({ attempt }), upload);
      return attempt;
    } catch (error) {
      if (!(error instanceof PeerError) || !['not-yet', 'ambiguous'].includes(error.reaction)) throw error;
      await databases.letLimitsPass();
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

describe('a recording is attached once', () => {
  it.each(mishaps)('when its upload meets %s: %s', async (kind) => {
    await finishedCall('webhook', slowOnly(kind));
    lab.sim.control.faults.add({ kind, method: 'upload', ...(kind === 'hang' ? hangs : {}) });
    expect(await attach()).toBe(2);
    await expectOneRecording();
  });

  it.each(mishaps)('when asking for the address meets %s: %s', async (kind) => {
    await finishedCall('webhook', slowOnly(kind));
    const method = 'telephony.externalcall.attachrecord';
    lab.sim.control.faults.add({ kind, method, ...(kind === 'hang' ? hangs : {}) });
    expect(await attach()).toBe(2);
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
