import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describeKinds } from './describe-kinds';
import { kinds } from './kinds';

const cells = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\|[ -|]*$/.test(line))
    .map((line) =>
      line
        .split('|')
        .map((cell) => cell.trim())
        .join('|'),
    );

it('is what docs/chaos/kinds.md says: write `npm run -s chaos -- --list` into it', async () => {
  const written = await readFile(path.resolve(__dirname, '../docs/chaos/kinds.md'), 'utf8');
  expect(cells(written)).toEqual(cells(describeKinds(kinds)));
});

it('tells no two kinds by one name', () => {
  expect(new Set(kinds.map(({ name }) => name)).size).toBe(kinds.length);
});
