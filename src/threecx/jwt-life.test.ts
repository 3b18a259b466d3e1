import { jwt } from '../../test/support/small-pbx';
import { tokenLifeMs } from './jwt-life';

const now = new Date('2026-03-10T10:00:00Z');
const seconds = now.getTime() / 1000;

it.each([
  ['exp, though expires_in says 60 minutes as 60', jwt({ exp: seconds + 3_600 }), 60, 3_600_000],
  ['exp, though expires_in says seconds', jwt({ exp: seconds + 900 }), 3_600, 900_000],
  [
    'iat to exp when the PBX is two hours behind',
    jwt({ iat: seconds - 7_200, exp: seconds - 3_600 }),
    60,
    3_600_000,
  ],
  ['iat to exp when the PBX is ahead', jwt({ iat: seconds + 600, exp: seconds + 1_200 }), 60, 600_000],
  ['minutes up to 120 when the token tells nothing', 'opaque', 60, 3_600_000],
  ['seconds above 120 when the token tells nothing', 'opaque', 3_600, 3_600_000],
  ['an hour when nothing is told', jwt({}), undefined, 3_600_000],
  ['expires_in when the payload is broken', 'a.!!!.c', 1_800, 1_800_000],
])('goes by %s', (_what, token, expiresIn, life) => {
  expect(tokenLifeMs(token, expiresIn, now)).toBe(life);
});
