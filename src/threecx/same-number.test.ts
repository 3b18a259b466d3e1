import { sameNumber } from './same-number';

it.each([
  ['+7 (916) 123-45-67', '79161234567'],
  ['89161234567', '79161234567'],
  ['00791612345678', '+791612345678'],
  ['1234567', '84951234567'],
  ['112', '112'],
])('takes %p and %p for one number', (one, other) => {
  expect(sameNumber(one, other)).toBe(true);
  expect(sameNumber(other, one)).toBe(true);
});

it.each([
  ['79161234567', '79161234568'],
  ['74951234567', '79161234567'],
  ['234567', '79161234567'],
  ['', ''],
  ['anonymous', ''],
  ['112', '3112'],
])('tells %p and %p apart', (one, other) => {
  expect(sameNumber(one, other)).toBe(false);
});
