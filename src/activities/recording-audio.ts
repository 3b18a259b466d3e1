import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';

/** What a file of sound holds, as far as it matters for attaching and joining. */
export type Audio =
  | { kind: 'mp3'; bytes: number }
  | {
      kind: 'wav';
      bytes: number;
      /** Content of the `fmt ` chunk; parts can be joined when it is equal. */
      format: Buffer;
      dataOffset: number;
      dataBytes: number;
      /** Null when the header does not tell. */
      seconds: number | null;
    };

/** Why a file is not attached. */
export type AudioFault = 'empty' | 'cut-short' | 'not-audio';

const pcm = 1;
/** Written by recorders that stream and do not know the length beforehand. */
const unknownLength = 0xffff_ffff;

/** Looks at what the bytes really are: Bitrix24 takes WAV and MP3 only, and a recording cut short is never attached. */
export async function inspectAudio(file: string): Promise<Audio | AudioFault> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    if (size === 0) return 'empty';
    const head = await read(handle, 0, 12);
    const tag = head.toString('latin1', 0, 4);
    if (/^(RIFF|RF64)$/.test(tag) && head.toString('latin1', 8, 12) === 'WAVE')
      return await inspectWav(handle, size);
    return await inspectMp3(handle, size);
  } finally {
    await handle.close();
  }
}

/** PCM without compression: only such parts can be put one behind the other. */
export function isPcm(audio: Audio): audio is Extract<Audio, { kind: 'wav' }> {
  return audio.kind === 'wav' && audio.format.length >= 16 && audio.format.readUInt16LE(0) === pcm;
}

async function inspectWav(handle: FileHandle, size: number): Promise<Audio | AudioFault> {
  let format: Buffer | null = null;
  for (let offset = 12; offset + 8 <= size;) {
    const header = await read(handle, offset, 8);
    const id = header.toString('latin1', 0, 4);
    const told = header.readUInt32LE(4);
    const start = offset + 8;
    if (id === 'data') {
      if (format === null) return 'not-audio';
      const left = size - start;
      const streamed = told === unknownLength || (told === 0 && left > 0);
      if (!streamed && told > left) return 'cut-short';
      const dataBytes = streamed ? left : told;
      return dataBytes === 0 ? 'empty' : wav(size, format, start, dataBytes);
    }
    if (id === 'fmt ') {
      if (told < 16 || told > 4096) return 'not-audio';
      format = await read(handle, start, told);
      if (format.length < told) return 'cut-short';
    }
    offset = start + told + (told % 2);
  }
  return 'cut-short';
}

function wav(bytes: number, format: Buffer, dataOffset: number, dataBytes: number): Audio {
  const bytesPerSecond = format.readUInt32LE(8);
  return {
    kind: 'wav',
    bytes,
    format,
    dataOffset,
    dataBytes,
    seconds: bytesPerSecond > 0 ? dataBytes / bytesPerSecond : null,
  };
}

/** A frame header, behind an ID3 tag that may hold a whole cover picture. */
async function inspectMp3(handle: FileHandle, size: number): Promise<Audio | AudioFault> {
  const head = await read(handle, 0, 10);
  let start = 0;
  if (head.toString('latin1', 0, 3) === 'ID3' && head.length === 10) {
    const tagBytes = [6, 7, 8, 9].reduce((sum, index) => sum * 128 + ((head[index] ?? 0) & 0x7f), 0);
    start = 10 + tagBytes + ((head[5] ?? 0) & 0x10 ? 10 : 0);
    if (start >= size) return 'cut-short';
    start += await padding(handle, start);
  }
  return isMp3Frame(await read(handle, start, 4)) ? { kind: 'mp3', bytes: size } : 'not-audio';
}

/** Some writers leave zeros between the tag and the first frame. */
async function padding(handle: FileHandle, start: number): Promise<number> {
  const bytes = await read(handle, start, 4096);
  const first = bytes.findIndex((byte) => byte !== 0);
  return first === -1 ? 0 : first;
}

/** Sync, layer III, and no reserved value: an AAC frame or random bytes do not pass. */
function isMp3Frame(bytes: Buffer): boolean {
  const [sync = 0, version = 0, rates = 0] = bytes;
  return (
    bytes.length === 4 &&
    sync === 0xff &&
    (version & 0xe0) === 0xe0 &&
    (version & 0x18) !== 0x08 &&
    (version & 0x06) === 0x02 &&
    (rates & 0xf0) !== 0xf0 &&
    (rates & 0x0c) !== 0x0c
  );
}

async function read(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await handle.read(buffer, 0, length, offset);
  return buffer.subarray(0, bytesRead);
}
