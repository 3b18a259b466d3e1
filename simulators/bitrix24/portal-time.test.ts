import { foreignTimeZone, inZone, offsetMinutes, parsePortalDate } from './portal-time';

const winter = Date.UTC(2026, 0, 15, 12);
const summer = Date.UTC(2026, 6, 15, 12);

describe('the portal’s dates', () => {
  it('are printed with the offset that the zone keeps at that instant', () => {
    expect(inZone(winter, 'Europe/Berlin')).toBe('2026-01-15T13:00:00+01:00');
    expect(inZone(summer, 'Europe/Berlin')).toBe('2026-07-15T14:00:00+02:00');
    expect(inZone(winter, 'America/St_Johns')).toBe('2026-01-15T08:30:00-03:30');
  });

  it.each([
    ['2026-01-15T12:00:00Z', winter],
    ['2026-01-15T12:00:00.250Z', winter],
    ['2026-01-15T15:00:00+03:00', winter],
    ['2026-01-15 15:00:00 +0300', winter],
    ['2026-01-15T13:00:00', winter],
    ['2026-01-15 13:00', winter],
    ['15.01.2026 13:00:00', winter],
    ['2026-07-15T14:00:00', summer],
  ])('are read from %s, without a zone in the portal’s', (text, instant) => {
    expect(parsePortalDate(text, 'Europe/Berlin')).toBe(instant);
  });

  it.each(['', 'soon', '2026-13-01T00:00:00Z', '1768478400', '2026-01-15T25:00:00Z'])(
    'are not read from %p',
    (text) => {
      expect(parsePortalDate(text, 'Europe/Berlin')).toBeNull();
    },
  );

  it('are by default of a zone that this machine is not in', () => {
    const now = Date.now();
    expect(offsetMinutes(foreignTimeZone(), now)).not.toBe(-new Date(now).getTimezoneOffset());
  });
});
