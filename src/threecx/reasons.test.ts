import { readFileSync } from 'node:fs';
import path from 'node:path';
import { isReasonOfConnection, mendOfReason, threecxError } from './reasons';

const documented = readFileSync(path.join(__dirname, '../../docs/recordings.md'), 'utf8');
const source = readFileSync(path.join(__dirname, 'reasons.ts'), 'utf8');
/** The words as they stand in the table of rules. */
const words = [...source.matchAll(/^ {2}'?([a-z-]+)'?: \{$/gm)].map((match) => match[1] ?? '');

it('explains every reason that a recording can be missing for', () => {
  expect(words.length).toBeGreaterThan(40);
  // Never shown with a recording.
  const elsewhere = /^(cancelled|right-missing|call-control-.*)$/;
  expect(words.filter((word) => !elsewhere.test(word) && !documented.includes(`\`${word}\``))).toEqual([]);
});

it('says what to do about each', () => {
  for (const word of words) expect(mendOfReason(word)).toMatch(/^[A-Z].{20,}[.]$/);
  expect(mendOfReason('unheard-of')).toContain('log');
  expect(mendOfReason('toString')).toContain('log');
});

it('makes errors of them', () => {
  const error = threecxError('threecx-secret-refused', { status: 400 });
  expect(error).toMatchObject({
    peer: 'threecx',
    reaction: 'authorisation',
    status: 400,
    retryAfterMs: null,
  });
  expect(isReasonOfConnection(error.reason)).toBe(true);
  expect(isReasonOfConnection('row-missing')).toBe(false);
});
