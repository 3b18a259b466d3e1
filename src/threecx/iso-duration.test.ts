import fc from 'fast-check';
import { durationSeconds } from './iso-duration';

it.each([
  ['PT0S', 0],
  ['PT12.345S', 12.345],
  ['PT1M5S', 65],
  ['PT2H', 7_200],
  ['P1DT1H1M1S', 90_061],
  [null, 0],
  [undefined, 0],
  ['', 0],
  ['00:01:05', 0],
  ['-PT5S', 0],
])('reads %p as %p seconds', (text, seconds) => {
  expect(durationSeconds(text)).toBe(seconds);
});

it('reads every duration of whole seconds', () => {
  fc.assert(
    fc.property(fc.nat(47), fc.nat(59), fc.nat(59), (h, m, s) => {
      expect(durationSeconds(`PT${h}H${m}M${s}S`)).toBe(h * 3_600 + m * 60 + s);
    }),
  );
});
