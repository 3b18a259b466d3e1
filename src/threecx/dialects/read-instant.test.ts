import fc from 'fast-check';
import { callEventSchema } from '../../../test/support/call-event-schema';
import { readInstant } from './read-instant';
import { offsetMinutesAt, offsetText } from './zone-offset';

const moscow = 'Europe/Moscow';

describe('an instant with a zone', () => {
  it.each([
    ['2026-01-31T10:00:00Z', '2026-01-31T10:00:00Z'],
    ['2026-01-31T10:00:00z', '2026-01-31T10:00:00Z'],
    ['2026-01-31T10:00:00+05:00', '2026-01-31T10:00:00+05:00'],
    ['2026-01-31T10:00:00-03:30', '2026-01-31T10:00:00-03:30'],
    ['2026-01-31T10:00:00+0500', '2026-01-31T10:00:00+05:00'],
    ['2026-01-31T10:00:00+05', '2026-01-31T10:00:00+05:00'],
    ['2026-01-31T10:00+05:00', '2026-01-31T10:00:00+05:00'],
    ['2026-01-31 10:00:00 +05:00', '2026-01-31T10:00:00+05:00'],
    ['2026-01-31T10:00:00 05:00', '2026-01-31T10:00:00+05:00'],
    ['2026-01-31 10:00:00 UTC', '2026-01-31T10:00:00Z'],
    ['2026-01-31T10:00:00.1234567Z', '2026-01-31T10:00:00.123Z'],
    ['2026-01-31T10:00:00.0000000Z', '2026-01-31T10:00:00Z'],
    ['2026-01-31T10:00:00,5Z', '2026-01-31T10:00:00.500Z'],
    ['20260131T100000Z', '2026-01-31T10:00:00Z'],
    ['2024-02-29T10:00:00Z', '2024-02-29T10:00:00Z'],
    ['2026-01-31T10:00:00-00:00', '2026-01-31T10:00:00+00:00'],
  ])('%s keeps it: %s', (text, expected) => {
    expect(readInstant(text, moscow)).toBe(expected);
  });
});

describe('an instant without a zone', () => {
  it.each([
    ['2026-01-31T10:00:00', moscow, '2026-01-31T10:00:00+03:00'],
    ['2026-01-31 10:00:00', moscow, '2026-01-31T10:00:00+03:00'],
    ['2026-01-31T10:00', moscow, '2026-01-31T10:00:00+03:00'],
    ['2026-01-31T10:00:00', 'Europe/Berlin', '2026-01-31T10:00:00+01:00'],
    ['2026-07-31T10:00:00', 'Europe/Berlin', '2026-07-31T10:00:00+02:00'],
    ['2026-01-31T10:00:00', 'Asia/Kolkata', '2026-01-31T10:00:00+05:30'],
    ['2026-01-31T10:00:00', 'America/St_Johns', '2026-01-31T10:00:00-03:30'],
    ['2026-01-31T00:00:00', 'UTC', '2026-01-31T00:00:00+00:00'],
    ['2013-07-01T10:00:00', moscow, '2013-07-01T10:00:00+04:00'],
  ])('%s is local time in %s: %s', (text, zone, expected) => {
    expect(readInstant(text, zone)).toBe(expected);
  });

  it('in the hour that the clocks skip is moved forward by the gap', () => {
    expect(readInstant('2026-03-29T02:30:00', 'Europe/Berlin')).toBe('2026-03-29T03:30:00+02:00');
    expect(readInstant('2026-03-08T02:30:00', 'America/New_York')).toBe('2026-03-08T03:30:00-04:00');
  });

  it('in the hour that comes twice is the first one', () => {
    expect(readInstant('2026-10-25T02:30:00', 'Europe/Berlin')).toBe('2026-10-25T02:30:00+02:00');
    expect(readInstant('2026-11-01T01:30:00', 'America/New_York')).toBe('2026-11-01T01:30:00-04:00');
  });

  it('around a change of clocks belongs to its own side', () => {
    expect(readInstant('2026-03-29T01:59:59', 'Europe/Berlin')).toBe('2026-03-29T01:59:59+01:00');
    expect(readInstant('2026-03-29T03:00:00', 'Europe/Berlin')).toBe('2026-03-29T03:00:00+02:00');
    expect(readInstant('2026-10-25T03:00:00', 'Europe/Berlin')).toBe('2026-10-25T03:00:00+01:00');
  });
});

describe('what is no instant, or two', () => {
  it.each([
    '12/31/2026',
    '12/31/2026 23:59:59',
    '31.12.2026 23:59',
    '2026/01/31 10:00:00',
    '2026-01-31',
    '10:00:00',
    '1769842800',
    '1769842800000',
    '2026-W05-6T10:00:00',
    '2026-02-30T10:00:00Z',
    '2026-13-01T10:00:00Z',
    '2026-00-10T10:00:00Z',
    '2026-01-31T24:00:00Z',
    '2026-01-31T10:60:00Z',
    '2026-01-31T10:00:61Z',
    '2026-01-31T10:00:00+15:00',
    '2026-01-31T10:00:00+03:60',
    '0001-01-01T00:00:00Z',
    '1999-12-31T23:59:59Z',
    '2101-01-01T00:00:00Z',
    '9999-12-31T23:59:59Z',
    '+012026-01-31T10:00:00Z',
    'now',
    'Sat, 31 Jan 2026 10:00:00 GMT',
    '2026-01-31T10:00:00Z ',
    '2026-01-31T10:00:00Europe/Moscow',
    '٢٠٢٦-01-31T10:00:00Z',
  ])('%j is refused', (text) => {
    expect(readInstant(text, moscow)).toBeNull();
  });
});

describe('any instant', () => {
  const zone = fc.constantFrom(
    moscow,
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'UTC',
  );
  const instantMs = fc.integer({ min: Date.UTC(2001, 0, 1), max: Date.UTC(2099, 0, 1) });

  it('written with its offset is read as itself, in a form that events accept', () => {
    fc.assert(
      fc.property(instantMs, zone, (ms, timeZone) => {
        const offset = offsetMinutesAt(ms, timeZone);
        const local = new Date(ms + offset * 60_000).toISOString().slice(0, -1);
        const read = readInstant(local + offsetText(offset), moscow)!;
        expect(Date.parse(read)).toBe(ms);
        expect(callEventSchema.shape.at.safeParse(read).success).toBe(true);
        expect(readInstant(read, timeZone)).toBe(read);
      }),
    );
  });

  it('written as local time is read as itself or as its twin an hour away', () => {
    fc.assert(
      fc.property(instantMs, zone, (ms, timeZone) => {
        const offset = offsetMinutesAt(ms, timeZone);
        const local = new Date(ms + offset * 60_000).toISOString().slice(0, -1);
        const read = readInstant(local, timeZone)!;
        expect(read.slice(0, 19)).toBe(local.slice(0, 19));
        expect(ms - Date.parse(read)).toBeGreaterThanOrEqual(0);
        expect(ms - Date.parse(read)).toBeLessThanOrEqual(3_600_000);
      }),
    );
  });

  it('is never an error, whatever the text', () => {
    fc.assert(fc.property(fc.string(), (text) => void readInstant(text, moscow)));
    expect(readInstant('2026-01-31T10:00:00', 'No/Zone')).toBe('2026-01-31T10:00:00+00:00');
  });
});
