/** A WAV file of 16-bit mono PCM at 8 kHz, as 3CX records. */
export function wavFile(
  data: Buffer,
  options: { rate?: number; tag?: number; dataBytes?: number; riffBytes?: number; extra?: Buffer } = {},
): Buffer {
  const rate = options.rate ?? 8_000;
  const extra = options.extra ?? Buffer.alloc(0);
  const head = Buffer.alloc(36);
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(options.riffBytes ?? 36 + extra.length + data.length, 4);
  head.write('WAVEfmt ', 8, 'latin1');
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(options.tag ?? 1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  const dataHead = Buffer.alloc(8);
  dataHead.write('data', 0, 'latin1');
  dataHead.writeUInt32LE(options.dataBytes ?? data.length, 4);
  return Buffer.concat([head, extra, dataHead, data]);
}

/** An MP3 file: an ID3 tag of `tagBytes`, then frames of layer III. */
export function mp3File(tagBytes: number, frameBytes = 417): Buffer {
  const size = [21, 14, 7, 0].map((shift) => (tagBytes >> shift) & 0x7f);
  const tag = Buffer.concat([
    Buffer.from('ID3\x03\x00\x00', 'latin1'),
    Buffer.from(size),
    Buffer.alloc(tagBytes),
  ]);
  const frame = Buffer.alloc(frameBytes);
  Buffer.from([0xff, 0xfb, 0x90, 0x00]).copy(frame);
  return Buffer.concat([tag, frame]);
}
