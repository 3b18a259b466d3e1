import { createReadStream, createWriteStream } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';

interface Member {
  method: number;
  compressedBytes: number;
  bytes: number;
  headerAt: number;
}

/**
 * Takes one file out of a zip archive (a wheel is one). Reads the central directory as APPNOTE.TXT 4.3 lays it down;
 * stored and deflated members under 4 GiB only.
 *
 * @throws when the archive is no zip, lacks the member, or ends too early.
 */
export async function unzipMember(archive: string, name: string, target: string): Promise<void> {
  const file = await open(archive, 'r');
  let member: Member;
  let start: number;
  try {
    member = await findMember(file, name);
    const header = await read(file, member.headerAt, 30);
    start = member.headerAt + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  } finally {
    await file.close();
  }
  let written = 0;
  await pipeline(
    createReadStream(archive, { start, end: start + member.compressedBytes - 1 }),
    member.method === 8 ? createInflateRaw() : new PassThrough(),
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        written += chunk.length;
        yield chunk;
      }
    },
    createWriteStream(target, { mode: 0o755 }),
  );
  if (written !== member.bytes) throw new Error(`${name} in the archive is cut off`);
}

async function findMember(file: FileHandle, name: string): Promise<Member> {
  const { size } = await file.stat();
  // The end record is 22 bytes plus a comment of at most 64 KiB.
  const tailBytes = Math.min(size, 22 + 0xffff);
  const tail = await read(file, size - tailBytes, tailBytes);
  const end = tail.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end < 0) throw new Error('not a zip archive');
  const directory = await read(file, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));
  for (let at = 0; at + 46 <= directory.length;) {
    const nameBytes = directory.readUInt16LE(at + 28);
    if (directory.toString('utf8', at + 46, at + 46 + nameBytes) === name)
      return {
        method: directory.readUInt16LE(at + 10),
        compressedBytes: directory.readUInt32LE(at + 20),
        bytes: directory.readUInt32LE(at + 24),
        headerAt: directory.readUInt32LE(at + 42),
      };
    at += 46 + nameBytes + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  throw new Error(`${name} is not in the archive`);
}

async function read(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  if (bytesRead !== length) throw new Error('the archive is cut off');
  return buffer;
}
