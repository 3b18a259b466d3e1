import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { mp3File, wavFile } from '../../test/support/wav';
import { inspectAudio, isPcm } from './recording-audio';
import type { Audio, AudioFault } from './recording-audio';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'audio-'));
});
afterAll(() => rm(dir, { recursive: true }));

async function inspect(bytes: Buffer): Promise<Audio | AudioFault> {
  const file = path.join(dir, 'file');
  await writeFile(file, bytes);
  return inspectAudio(file);
}
async function verdict(bytes: Buffer): Promise<string> {
  const audio = await inspect(bytes);
  return typeof audio === 'string' ? audio : audio.kind;
}

const data = randomBytes(1_600);
const list = Buffer.concat([Buffer.from('LIST\x05\x00\x00\x00abcde\x00', 'latin1')]);

it.each<[string, Buffer, string]>([
  ['a WAV file', wavFile(data), 'wav'],
  ['a WAV file with a chunk of odd length before the sound', wavFile(data, { extra: list }), 'wav'],
  ['a WAV file with bytes after the sound', Buffer.concat([wavFile(data), Buffer.from('LIST')]), 'wav'],
  ['a WAV file that was streamed', wavFile(data, { dataBytes: 0xffffffff, riffBytes: 0xffffffff }), 'wav'],
  ['a WAV file whose lengths were never filled in', wavFile(data, { dataBytes: 0, riffBytes: 0 }), 'wav'],
  ['an MP3 file with a tag', mp3File(500), 'mp3'],
  ['an MP3 file without a tag', mp3File(0).subarray(10), 'mp3'],
  ['an MP3 file with a cover of 20 MB', mp3File(20 * 1024 * 1024), 'mp3'],
  ['nothing', Buffer.alloc(0), 'empty'],
  ['a WAV file without sound', wavFile(Buffer.alloc(0)), 'empty'],
  ['a WAV file cut short', wavFile(data).subarray(0, 1_000), 'cut-short'],
  ['a WAV header alone', wavFile(data).subarray(0, 20), 'cut-short'],
  ['a WAV file without its sound', wavFile(data).subarray(0, 36), 'cut-short'],
  ['a cover without sound', mp3File(5_000).subarray(0, 5_010), 'cut-short'],
  ['a login page', Buffer.from('<!DOCTYPE html><html></html>'), 'not-audio'],
  ['an error in JSON', Buffer.from('{"error":{"code":""}}'), 'not-audio'],
  ['an archive', Buffer.from('PK\x03\x04' + 'x'.repeat(100), 'latin1'), 'not-audio'],
  ['a program', Buffer.from('MZ' + '\x00'.repeat(100), 'latin1'), 'not-audio'],
  ['a WebM file', Buffer.from('1a45dfa3934282886d6174726f736b61', 'hex'), 'not-audio'],
  ['an AAC file', Buffer.from('fff15080003ffc', 'hex'), 'not-audio'],
  ['a RIFF file that is no sound', Buffer.from('RIFF\x24\x00\x00\x00AVI LIST', 'latin1'), 'not-audio'],
  ['one byte', Buffer.from([0xff]), 'not-audio'],
])('looks at the bytes of %s', async (_what, bytes, expected) => {
  await expect(verdict(bytes)).resolves.toBe(expected);
});

it('reads the format, the place and the length of the sound', async () => {
  const audio = await inspect(wavFile(data, { extra: list }));
  expect(audio).toMatchObject({ kind: 'wav', dataOffset: 58, dataBytes: 1_600, seconds: 0.1 });
  expect(typeof audio !== 'string' && isPcm(audio)).toBe(true);
  const law = await inspect(wavFile(data, { tag: 7 }));
  expect(typeof law !== 'string' && isPcm(law)).toBe(false);
});

it('never fails, whatever the bytes are', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 200 }),
      fc.constantFrom('', 'RIFF', 'ID3', 'whole'),
      async (bytes, head) => {
        const noise = Buffer.from(bytes);
        const file =
          head === 'whole'
            ? Buffer.concat([wavFile(data).subarray(0, 36), noise])
            : Buffer.concat([Buffer.from(head), noise]);
        await expect(verdict(file)).resolves.toEqual(expect.any(String));
      },
    ),
    { numRuns: 200 },
  );
});

it('refuses every WAV file that is cut anywhere before its end', async () => {
  const whole = wavFile(data, { extra: list });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 12, max: whole.length - 1 }), async (length) => {
      await expect(verdict(whole.subarray(0, length))).resolves.toBe('cut-short');
    }),
  );
});
