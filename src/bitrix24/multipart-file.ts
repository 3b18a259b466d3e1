import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';

/** A multipart body with one file in it. */
export interface MultipartFile {
  contentType: string;
  contentLength: number;
  stream: Readable;
  /** Stops the watch and the reading; safe to call at any time. */
  close(): void;
}

/**
 * Streams a file as `multipart/form-data` with a known length: memory does not depend on its size.
 *
 * @param limits.pieceMs the longest the receiver may take for one piece.
 * @param limits.answerMs the longest it may take after the last piece.
 * @param stalled called when it takes longer.
 */
export function multipartFile(
  file: { file: string; bytes: number; fileName: string; fieldName: string },
  limits: { pieceMs: number; answerMs: number },
  stalled: () => void,
): MultipartFile {
  const boundary = `bridge-${randomUUID()}`;
  const type = file.fileName.endsWith('.mp3') ? 'audio/mpeg' : 'audio/wav';
  const head = Buffer.from(
    `--${boundary}\r\nContent-Disposition: form-data; name="${file.fieldName}"; filename="${plainName(file.fileName)}"\r\n` +
      `Content-Type: ${type}\r\n\r\n`,
  );
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  const source = createReadStream(file.file, { highWaterMark: 65_536 });
  let watch = setTimeout(stalled, limits.pieceMs);

  let closed = false;
  async function* pieces(): AsyncGenerator<Buffer> {
    yield head;
    for await (const piece of source) {
      watch.refresh();
      yield piece as Buffer;
    }
    yield tail;
    clearTimeout(watch);
    if (!closed) watch = setTimeout(stalled, limits.answerMs);
  }
  const stream = Readable.from(pieces(), { objectMode: false, highWaterMark: 65_536 });
  // The request reports a file that cannot be read; without a listener it would end the process as well.
  source.on('error', () => undefined);
  stream.on('error', () => undefined);
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    contentLength: head.length + file.bytes + tail.length,
    stream,
    close: () => {
      closed = true;
      clearTimeout(watch);
      source.destroy();
      stream.destroy();
    },
  };
}

/** Names are made by us; anything else must not break out of the header. */
function plainName(name: string): string {
  return name.replace(/[^\w.-]/g, '_');
}
