import { lookAgainAfterMs } from './recording-schedule';

const hourMs = 3_600_000;
const alone = { timeScale: 1, retryAfterMs: null };

it('looks soon at first and every half hour in the end', () => {
  const waits = Array.from(
    { length: 10 },
    (_, index) => lookAgainAfterMs(index + 1, 48 * hourMs, alone) / 1000,
  );
  expect(waits).toEqual([5, 10, 30, 60, 120, 300, 600, 1_800, 1_800, 1_800]);
});

it('waits as long as the PBX asks for', () => {
  expect(lookAgainAfterMs(1, hourMs, { timeScale: 1, retryAfterMs: 60_000 })).toBe(60_000);
  expect(lookAgainAfterMs(5, hourMs, { timeScale: 1, retryAfterMs: 60_000 })).toBe(120_000);
});

it('takes the last look at the deadline', () => {
  expect(lookAgainAfterMs(8, 90_000, alone)).toBe(90_000);
  expect(lookAgainAfterMs(8, 0, alone)).toBe(1);
});

it('shortens our own waits in tests, never those of a peer', () => {
  expect(lookAgainAfterMs(4, hourMs, { timeScale: 60, retryAfterMs: null })).toBe(1_000);
  expect(lookAgainAfterMs(4, hourMs, { timeScale: 60, retryAfterMs: 7_000 })).toBe(7_000);
});
