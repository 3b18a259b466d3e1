import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { isPcm } from './recording-audio';
import type { Audio } from './recording-audio';

/** One downloaded part of a call. */
export interface RecordingPart {
  file: string;
  audio: Audio;
}

/** The file to attach, and how many parts of the call it holds. */
export interface WholeRecording {
  file: string;
  audio: Audio;
  parts: number;
}

/** A header counts its lengths in 32 bits. */
const maxDataBytes = 0xffff_ffff - 4096;

/**
 * Makes one recording of the parts of a call, in their order. Bitrix24 keeps one file per call: PCM WAV parts of one
 * format become one file, else the longest part is taken. A single part is left as it is, byte for byte.
 *
 * @param target new file for the joined parts; not made when nothing is joined.
 */
export async function joinRecordings(
  parts: [RecordingPart, ...RecordingPart[]],
  target: string,
  limits: { maxBytes: number; signal: AbortSignal },
): Promise<WholeRecording> {
  const [first] = parts;
  if (parts.length === 1) return { ...first, parts: 1 };
  const waves = parts.flatMap(({ file, audio }) => (isPcm(audio) ? [{ file, audio }] : []));
  const format = waves[0]?.audio.format;
  const dataBytes = waves.reduce((sum, { audio }) => sum + audio.dataBytes, 0);
  const joinable =
    format !== undefined &&
    waves.length === parts.length &&
    waves.every(({ audio }) => audio.format.equals(format)) &&
    dataBytes < Math.min(maxDataBytes, limits.maxBytes - headerBytes(format));
  if (!joinable) return { ...longest(parts), parts: 1 };

  const output = await open(target, 'wx', 0o600);
  try {
    await output.write(header(format, dataBytes));
    for (const { file, audio } of waves) {
      const range = { start: audio.dataOffset, end: audio.dataOffset + audio.dataBytes - 1 };
      const source = createReadStream(file, { ...range, signal: limits.signal });
      for await (const chunk of source as AsyncIterable<Buffer>) await writeAll(output, chunk);
    }
    if (dataBytes % 2 === 1) await output.write(Buffer.alloc(1));
  } finally {
    await output.close();
  }
  const audio: Audio = {
    kind: 'wav',
    bytes: headerBytes(format) + dataBytes + (dataBytes % 2),
    format,
    dataOffset: headerBytes(format),
    dataBytes,
    seconds: null,
  };
  return { file: target, audio, parts: parts.length };
}

async function writeAll(output: Awaited<ReturnType<typeof open>>, chunk: Buffer): Promise<void> {
  for (let done = 0; done < chunk.length;)
    done += (await output.write(chunk, done, chunk.length - done)).bytesWritten;
}

/** By duration where all parts tell it, else by size. */
function longest(parts: [RecordingPart, ...RecordingPart[]]): RecordingPart {
  const told = parts.every(({ audio }) => audio.kind === 'wav' && audio.seconds !== null);
  const measure = ({ audio }: RecordingPart): number =>
    told && audio.kind === 'wav' ? (audio.seconds ?? 0) : audio.bytes;
  return parts.reduce((best, part) => (measure(part) > measure(best) ? part : best));
}

function headerBytes(format: Buffer): number {
  return 12 + 8 + format.length + (format.length % 2) + 8;
}

function header(format: Buffer, dataBytes: number): Buffer {
  const bytes = Buffer.alloc(headerBytes(format));
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(bytes.length - 8 + dataBytes + (dataBytes % 2), 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(format.length, 16);
  format.copy(bytes, 20);
  bytes.write('data', bytes.length - 8, 'latin1');
  bytes.writeUInt32LE(dataBytes, bytes.length - 4);
  return bytes;
}
