import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { seededBugs } from './bugs';

const root = path.resolve(__dirname, '../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

describe('the seeded bugs', () => {
  it.each(seededBugs)(
    '$name: still has its place in the code, and its test',
    ({ file, find, replace, test }) => {
      expect(read(file).split(find)).toHaveLength(2);
      expect(replace).not.toBe(find);
      expect(existsSync(path.join(root, test.file))).toBe(true);
    },
  );
});
