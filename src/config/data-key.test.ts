import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { TempDir } from '../../test/support/temp-dir';
import { tempDir } from '../../test/support/temp-dir';
import { newDataKey } from '../../test/support/test-store';
import { parseDataKeys } from '../store';
import { loadDataKey } from './data-key';

let dir: TempDir;
beforeEach(async () => (dir = await tempDir()));
afterEach(() => dir.remove());

const file = (): string => path.join(dir.path, 'data', 'data-key');
const load = (given: string | null = null): Promise<string> => loadDataKey(given, path.dirname(file()));
const write = async (text: string): Promise<void> => {
  await mkdir(path.dirname(file()), { recursive: true });
  await writeFile(file(), text);
};

describe('the data key', () => {
  it('is made once, for the owner only, and leaves nothing else behind', async () => {
    const key = await load();
    expect(parseDataKeys(key).ids).toHaveLength(1);
    expect(await readFile(file(), 'utf8')).toBe(`${key}\n`);
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    expect(await load()).toBe(key);
    expect(await readdir(path.dirname(file()))).toEqual(['data-key']);
  });

  it('is the same for all who start at once', async () => {
    const keys = await Promise.all(Array.from({ length: 20 }, () => load()));
    expect(new Set(keys).size).toBe(1);
    expect(await readdir(path.dirname(file()))).toEqual(['data-key']);
  });

  it('is the one that is given, and may be several in the file', async () => {
    expect(await load('given')).toBe('given');
    const both = `${newDataKey()}, ${newDataKey()}`;
    await write(`${both}\n`);
    expect(await load()).toBe(both);
  });

  it.each([
    ['empty', ''],
    ['torn', 'c2hvcnQ='],
    ['of zeros, as a crash leaves it', '\0'.repeat(45)],
  ])('is not taken from a file that is %s: the file is named, and stays', async (_how, text) => {
    await write(text);
    await expect(load()).rejects.toThrow(`${file()}: holds no data key`);
    expect(await readFile(file(), 'utf8')).toBe(text);
  });
});
