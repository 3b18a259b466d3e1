import { readOperatingTime } from './operating-time';

const nowMs = Date.parse('2026-11-24T09:00:00Z');
const seconds = nowMs / 1000;

describe('the run time that a good answer tells', () => {
  it.each([
    [
      'is counted on the portal’s clock',
      { operating: 12.5, operating_reset_at: 1_000_100, finish: 1_000_000 },
      12.5,
      100_000,
    ],
    [
      'is counted on ours where the portal does not tell its own',
      { operating: 3, operating_reset_at: seconds + 60 },
      3,
      60_000,
    ],
    ['may come as text', { operating: '7', operating_reset_at: String(seconds + 90) }, 7, 90_000],
    [
      'never asks for less than ten seconds',
      { operating: 1, operating_reset_at: seconds - 5_000 },
      1,
      10_000,
    ],
    ['never asks for more than the window', { operating: 1, operating_reset_at: 4_102_444_800 }, 1, 600_000],
    ['is unknown in an odd block', { operating: 'many', operating_reset_at: 'soon' }, 0, null],
    ['is unknown without a block', undefined, 0, null],
    ['is unknown in an array', [], 0, null],
  ])('%s', (_what, time, usedSeconds, resetInMs) => {
    expect(readOperatingTime(time, nowMs)).toEqual({ usedSeconds, resetInMs });
  });
});
