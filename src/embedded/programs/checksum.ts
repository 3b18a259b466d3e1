import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

/** A file whose content is not the one that was promised. It is never run. */
export class WrongChecksum extends Error {
  constructor(what: string, expected: string, actual: string) {
    super(`WRONG CHECKSUM, refused: ${what} has SHA-256 ${actual} instead of ${expected}`);
    this.name = 'WrongChecksum';
  }
}

/** @throws {WrongChecksum} when the file's SHA-256 is not `expected` (hex). */
export async function checkSha256(file: string, expected: string, what: string): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  const actual = hash.digest('hex');
  if (actual !== expected.toLowerCase()) throw new WrongChecksum(what, expected, actual);
}
