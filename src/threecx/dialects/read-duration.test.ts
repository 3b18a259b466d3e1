import fc from 'fast-check';
import { readDuration } from './read-duration';

describe('a duration', () => {
  it.each([
    ['0', 0],
    ['65', 65],
    ['065', 65],
    ['65.4', 65],
    ['65,6', 66],
    ['1:05', 65],
    ['01:05', 65],
    ['75:30', 4530],
    ['00:00', 0],
    ['00:01:05', 65],
    ['1:00:00', 3600],
    ['26:00:00', 93_600],
    ['00:01:05.1230000', 65],
    ['1.02:03:04', 93_784],
    ['2592000', 2_592_000],
  ])('of %s is %d seconds', (text, seconds) => {
    expect(readDuration(text)).toBe(seconds);
  });

  it.each([
    '-1',
    '+5',
    '1e3',
    '0x10',
    'NaN',
    'abc',
    '1:5',
    '1:60',
    '1:60:00',
    '1:2:3:4',
    '1.25:00:00',
    ':30',
    '30:',
    'PT1M',
    '1 m',
    '2592001',
    '999999999999',
    '٦٥',
  ])('of %j is none', (text) => {
    expect(readDuration(text)).toBeNull();
  });

  it('is the same in each of its forms', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 359_999 }), (seconds) => {
        const two = (value: number): string => String(value).padStart(2, '0');
        const minutes = Math.floor(seconds / 60);
        const clock = `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}:${two(seconds % 60)}`;
        expect(readDuration(clock)).toBe(seconds);
        expect(readDuration(String(seconds))).toBe(seconds);
        expect(readDuration(`${two(minutes)}:${two(seconds % 60)}`)).toBe(minutes > 9999 ? null : seconds);
      }),
    );
  });
});
