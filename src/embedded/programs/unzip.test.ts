import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import type { TempDir } from '../../../test/support/temp-dir';
import { tempDir } from '../../../test/support/temp-dir';
import { zipOf } from '../../../test/support/zip';
import { unzipMember } from './unzip';

let dir: TempDir;
beforeEach(async () => (dir = await tempDir()));
afterEach(() => dir.remove());

const archive = zipOf({ 'a/first': 'stored', 'a/second': 'deflated '.repeat(10_000) });

async function take(content: Buffer, name: string): Promise<string> {
  await writeFile(`${dir.path}/x.zip`, content);
  await unzipMember(`${dir.path}/x.zip`, name, `${dir.path}/out`);
  return readFile(`${dir.path}/out`, 'utf8');
}

describe('taking a file out of a zip archive', () => {
  it('gives back stored and deflated files', async () => {
    expect(await take(archive, 'a/first')).toBe('stored');
    expect(await take(archive, 'a/second')).toBe('deflated '.repeat(10_000));
  });

  it('reads what another program wrote', async () => {
    await writeFile(`${dir.path}/text`, 'from elsewhere '.repeat(1_000));
    execFileSync('python3', ['-m', 'zipfile', '-c', 'other.zip', 'text'], { cwd: dir.path });
    expect(await take(await readFile(`${dir.path}/other.zip`), 'text')).toBe('from elsewhere '.repeat(1_000));
  });

  it('refuses what is no archive, lacks the file or is cut off', async () => {
    await expect(take(Buffer.from('x'), 'a')).rejects.toThrow('not a zip archive');
    await expect(take(archive, 'nothing')).rejects.toThrow('nothing is not in the archive');
    await expect(take(archive.subarray(100), 'a/second')).rejects.toThrow();
    await expect(
      take(Buffer.concat([archive.subarray(0, 60), archive.subarray(80)]), 'a/second'),
    ).rejects.toThrow();
  });
});
