import { mkdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ThreecxBench, recordingQuery } from '../../test/support/threecx-bench';
import { wavFile } from '../../test/support/wav';
import type { FoundRecording, RecordingQuery, RecordingSearch, ThreecxContext } from './contract';
import { parseRecordingName } from './recording-folder';
import { zonedStampMs } from './zoned-stamp';

let bench: ThreecxBench;
let folder: string;
beforeEach(async () => {
  bench = await ThreecxBench.start();
  folder = path.join(bench.dir, 'Recordings');
  await mkdir(path.join(folder, '101'), { recursive: true });
});
afterEach(() => bench.close());

const endedAt = new Date('2026-03-10T10:00:00Z');
const historyId = '00000000-01dc-27dd-cc8a-799100000029';
const sound = wavFile(Buffer.alloc(320, 1));
/** 41 answered at 09:59:00 UTC, by the clock on the wall in Moscow. */
const ours = '[Ivanov]_79161234567-101_20260310125900(41).wav';
const context = (): ThreecxContext => bench.context({ recordings: 'folder', folder });
const find = (extra: Partial<RecordingQuery> = {}): Promise<RecordingSearch> =>
  bench.client.findRecordings(context(), recordingQuery(endedAt, { callId: '41', ...extra }));
const put = (name: string, bytes = sound, extension = '101'): Promise<void> =>
  writeFile(path.join(folder, extension, name), bytes);
const found = (search: RecordingSearch): string[] =>
  search.state === 'found'
    ? search.recordings.map(({ from }) =>
        from.kind === 'file' ? path.relative(folder, from.file) : from.path,
      )
    : [`${search.state} ${search.reason}`];
const fetch = async (file: string): Promise<string> => {
  const recording: FoundRecording = { id: '41', startedAt: null, from: { kind: 'file', file } };
  const target = { file: path.join(bench.dir, 'copy'), maxBytes: 1_000, progress: () => undefined };
  return bench.client.download(context(), recording, target).then(
    ({ bytes }) => `${bytes} bytes`,
    ({ reason }: { reason: string }) => reason,
  );
};

it('finds the file by the call number in its name', async () => {
  await put(ours);
  await put('[Ivanov]_79161234567-101_20260310125901(42).wav');
  await put('[Ivanov]_79161234567-101_20260309125900(41).wav');
  await put('notes.txt');
  expect(found(await find())).toEqual([`101/${ours}`]);
  expect(found(await find({ callId: historyId }))).toEqual([`101/${ours}`]);
  expect(found(await find({ callId: '00000175196381E2_41' }))).toEqual([`101/${ours}`]);
});

it('finds the parts of a call that was passed on, in order', async () => {
  await mkdir(path.join(folder, '102'));
  await put('[B]_79161234567-102_20260310125930(41).wav', sound, '102');
  await put(ours);
  expect(found(await find({ extensions: ['101', '102'] }))).toEqual([
    `101/${ours}`,
    '102/[B]_79161234567-102_20260310125930(41).wav',
  ]);
});

it('waits half a minute for the second part', async () => {
  await put(ours);
  bench.clock.now = new Date(endedAt.getTime() + 29_000);
  expect(found(await find({ extensions: ['101', '102'] }))).toEqual(['not-yet part-missing']);
  bench.clock.now = new Date(endedAt.getTime() + 31_000);
  expect(found(await find({ extensions: ['101', '102'] }))).toEqual([`101/${ours}`]);
});

it('finds the file of a call of unknown number by person, number and time', async () => {
  await put(ours);
  await put('[Ivanov]_79160000000-101_20260310125901(42).wav');
  await put('[Ivanov]_79161234567-101_20260310120000(40).wav');
  expect(found(await find({ callId: 'report-x' }))).toEqual([`101/${ours}`]);
  await put('[Ivanov]_79161234567-101_20260310125930(43).wav');
  expect(found(await find({ callId: 'report-x' }))).toEqual(['not-yet ambiguous']);
});

it('waits while there is no file', async () => {
  expect(found(await find())).toEqual(['not-yet file-not-there']);
  expect(found(await find({ extensions: ['..', '../101', '', '199'] }))).toEqual(['not-yet file-not-there']);
});

it('follows no link, neither of a file nor of a folder', async () => {
  const outside = path.join(bench.dir, 'outside');
  await mkdir(outside);
  await writeFile(path.join(outside, ours), sound);
  await symlink(path.join(outside, ours), path.join(folder, '101', ours));
  await symlink(outside, path.join(folder, '102'));
  expect(found(await find({ extensions: ['101', '102'] }))).toEqual(['not-yet file-not-there']);
  await expect(fetch(path.join(folder, '101', ours))).resolves.toBe('foreign-address');
  await expect(fetch(path.join(folder, '102', ours))).resolves.toBe('foreign-address');
  await expect(fetch(path.join(folder, '..', 'outside', ours))).resolves.toBe('foreign-address');
  await expect(fetch('/etc/hostname')).resolves.toBe('foreign-address');
});

it('says that the folder cannot be read', async () => {
  const missing = bench.context({ recordings: 'folder', folder: path.join(bench.dir, 'no') });
  const unset = bench.context({ recordings: 'folder' });
  for (const wrong of [missing, unset])
    await expect(bench.client.findRecordings(wrong, recordingQuery(endedAt))).rejects.toMatchObject({
      reaction: 'not-yet',
      reason: 'folder-unreadable',
    });
});

describe('a file', () => {
  const file = (): string => path.join(folder, '101', ours);
  const longAgo = new Date('2026-03-10T10:01:00Z');

  it('that is complete is copied as it is', async () => {
    await put(ours);
    await expect(fetch(file())).resolves.toBe(`${sound.length} bytes`);
    expect(await readFile(path.join(bench.dir, 'copy'))).toEqual(sound);
  });

  it('that is still written is left alone', async () => {
    await put(ours, sound.subarray(0, 200));
    await expect(fetch(file())).resolves.toBe('file-growing');
  });

  it('that has been quiet for long is taken, whatever its header says', async () => {
    await put(ours, sound.subarray(0, 200));
    await utimes(file(), longAgo, longAgo);
    await expect(fetch(file())).resolves.toBe('200 bytes');
  });

  it('above the limit is refused', async () => {
    await put(ours, wavFile(Buffer.alloc(2_000)));
    await expect(fetch(file())).resolves.toBe('too-big');
  });

  it('that went away is waited for', async () => {
    await expect(fetch(file())).resolves.toBe('file-not-there');
  });
});

it.each([
  [ours, { numbers: ['79161234567', '101'], stamp: '20260310125900', callNumber: 41 }],
  [
    '[A_b-c [x]]_101-+7916_20260310125900(7).MP3',
    { numbers: ['101', '+7916'], stamp: '20260310125900', callNumber: 7 },
  ],
  ['[A]_101-102_2026031012590(7).wav', null],
  ['[A]_101-102_20260310125900(7).wav.exe', null],
  ['../[A]_101-102_20260310125900(7)', null],
])('reads the name %p', (name, parts) => {
  expect(parseRecordingName(name)).toEqual(parts);
});

it.each([
  ['20260310125900', 'Europe/Moscow', '2026-03-10T09:59:00Z'],
  ['20260310000030', 'UTC', '2026-03-10T00:00:30Z'],
  ['20260329015959', 'Europe/Berlin', '2026-03-29T00:59:59Z'],
  ['20260329030000', 'Europe/Berlin', '2026-03-29T01:00:00Z'],
  ['20261025033000', 'Europe/Berlin', '2026-10-25T02:30:00Z'],
])('reads %s on a clock in %s', (stamp, zone, instant) => {
  expect(new Date(zonedStampMs(stamp, zone)).toISOString()).toBe(new Date(instant).toISOString());
});
