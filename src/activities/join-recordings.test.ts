import { randomBytes } from 'node:crypto';
import { access, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { mp3File, wavFile } from '../../test/support/wav';
import { joinRecordings } from './join-recordings';
import type { RecordingPart, WholeRecording } from './join-recordings';
import { inspectAudio } from './recording-audio';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'join-'));
});
afterEach(() => rm(dir, { recursive: true }));

async function part(bytes: Buffer): Promise<RecordingPart> {
  const file = path.join(dir, randomBytes(8).toString('hex'));
  await writeFile(file, bytes);
  const audio = await inspectAudio(file);
  if (typeof audio === 'string') throw new Error(audio);
  return { file, audio };
}
const target = (): string => path.join(dir, 'joined');
const join = async (bytes: Buffer[], maxBytes = 1e9): Promise<WholeRecording> => {
  const [first, ...others] = await Promise.all(bytes.map(part));
  return joinRecordings([first!, ...others], target(), { maxBytes, signal: new AbortController().signal });
};

const [one, two] = [randomBytes(1_600), randomBytes(801)];

it('leaves a single recording byte for byte as it is', async () => {
  const bytes = Buffer.concat([wavFile(one), Buffer.from('trailer')]);
  const whole = await join([bytes]);
  expect(whole.parts).toBe(1);
  expect(await readFile(whole.file)).toEqual(bytes);
});

it('puts parts of one format one behind the other', async () => {
  const whole = await join([wavFile(one), wavFile(two, { dataBytes: 0xffffffff, riffBytes: 0xffffffff })]);
  expect(whole).toMatchObject({ file: target(), parts: 2 });
  const joined = await readFile(target());
  expect(joined).toEqual(
    Buffer.concat([wavFile(Buffer.concat([one, two]), { riffBytes: 36 + 2_402 }), Buffer.alloc(1)]),
  );
  expect(whole.audio.bytes).toBe(joined.length);
  await expect(inspectAudio(target())).resolves.toMatchObject({ kind: 'wav', dataBytes: 2_401 });
  expect((await stat(target())).mode & 0o777).toBe(0o600);
});

it.each([
  ['rates differ', [wavFile(one), wavFile(Buffer.concat([one, one, one]), { rate: 16_000 })], 1],
  ['one is compressed', [wavFile(one, { tag: 7 }), wavFile(two, { tag: 7 })], 0],
  ['one is no WAV', [wavFile(one), mp3File(0, 5_000)], 1],
])('takes the longest when %s', async (_why, parts, longest) => {
  const whole = await join(parts);
  expect(whole.parts).toBe(1);
  expect(await readFile(whole.file)).toEqual(parts[longest]);
  await expect(access(target())).rejects.toMatchObject({ code: 'ENOENT' });
});

it('takes the longest when all together would be too large', async () => {
  const whole = await join([wavFile(two), wavFile(one)], 2_000);
  expect(await readFile(whole.file)).toEqual(wavFile(one));
});
