import type { StreamedContent } from './wire';

/** 8 kHz, 16 bit, one channel: about 1 MB a minute, as 3CX records (3cx.md 4.6). */
const wavBytesPerSecond = 16_000;
export const wavHeaderBytes = 44;

// Under a test runner each look at a global is slow, and this is asked for every sample.
const { imul } = Math;

const pieceBytes = 64 * 1024;
const largestLength = 0xffff_ffff;

/** Length of the file of a talk; whole samples. */
export function wavBytes(talkMs: number): number {
  return wavHeaderBytes + 2 * Math.round((talkMs * wavBytesPerSecond) / 2_000);
}

/**
 * A RIFF/WAVE file: a soft tone whose pitch and noise come from the seed, the same bytes each time, made piece by piece,
 * so that a file of any length needs no memory.
 *
 * @param bytes length with the header; at least 44, an odd one is a sample short of a byte.
 */
export function wavFile(seed: number, bytes: number): StreamedContent {
  if (bytes < wavHeaderBytes) throw new Error(`A WAV file has at least ${wavHeaderBytes} bytes`);
  return {
    bytes,
    *read() {
      yield header(bytes);
      for (let at = 0; at < bytes - wavHeaderBytes; at += pieceBytes) {
        const length = Math.min(pieceBytes, bytes - wavHeaderBytes - at);
        yield samples(seed, at / 2, length);
      }
    },
  };
}

function header(bytes: number): Buffer {
  const head = Buffer.alloc(wavHeaderBytes);
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(Math.min(bytes - 8, largestLength), 4);
  head.write('WAVEfmt ', 8, 'latin1');
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(8_000, 24);
  head.writeUInt32LE(wavBytesPerSecond, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36, 'latin1');
  head.writeUInt32LE(Math.min(bytes - wavHeaderBytes, largestLength), 40);
  return head;
}

const tone = Int16Array.from({ length: 1024 }, (_, index) => 6_000 * Math.sin((index * 2 * Math.PI) / 1024));

function samples(seed: number, from: number, bytes: number): Buffer {
  const values = new Int16Array(Math.ceil(bytes / 2));
  const step = 25 + (seed % 40);
  for (let index = 0; index < values.length; index += 1) {
    const position = from + index;
    // Noise in the low bits makes every piece of every file different.
    const noise = (imul(position + 1, 2_654_435_761) ^ imul(seed + 1, 40_503)) >>> 24;
    values[index] = tone[(position * step) & 1023]! + (noise & 63);
  }
  return Buffer.from(values.buffer, 0, bytes);
}
