import fc from 'fast-check';
import { decodeHistoryId, isHistoryId } from './history-id';

describe('a call history id of v20', () => {
  it('holds the start of the call and the call id of the Call Control API', () => {
    expect(decodeHistoryId('00000000-01dc-27dd-cc8a-799100000029')).toEqual({
      startedAt: expect.stringMatching(/^2025-09-17T14:17:28\.7\d\dZ$/),
      callId: 41,
    });
  });

  it('holds the start to the millisecond', () => {
    expect(decodeHistoryId('00000000-01dc-27dd-cc8a-799100000029')).toEqual({
      startedAt: '2025-09-17T14:17:28.715Z',
      callId: 41,
    });
  });

  it('is read in any letter case', () => {
    const id = '00000000-01dc-27dd-cc8a-799100000029';
    expect(decodeHistoryId(id.toUpperCase())).toEqual(decodeHistoryId(id));
  });

  it.each([
    '5f0b9c1e-3c4d-4b7a-9a1c-0123456789ab',
    '00000000-0000-0000-0000-000000000000',
    '00000000-ffff-ffff-ffff-ffffffffffff',
    '12345678-1234-1234-1234-123456789012',
  ])('is not what %s is, though it may name a call', (id) => {
    expect(decodeHistoryId(id)).toBeNull();
    expect(isHistoryId(id)).toBe(true);
  });
});

describe('a call history id of v18', () => {
  it('holds milliseconds since 1970 and the call id', () => {
    expect(decodeHistoryId('00000175196381E2_549589')).toEqual({
      startedAt: new Date(0x175196381e2).toISOString(),
      callId: 549_589,
    });
    expect(decodeHistoryId('00000175196381E2_549589')?.startedAt).toMatch(/^2020-10-/);
  });

  it('holds milliseconds since 1601 in later versions', () => {
    const start = Date.UTC(2023, 4, 5, 6, 7, 8);
    const hex = (start + 11_644_473_600_000).toString(16).padStart(16, '0').toUpperCase();
    const since1601 = (Date.UTC(2023, 4, 1) + 11_644_473_600_000).toString(16).padStart(16, '0');
    expect(decodeHistoryId(`${since1601}_7`)).toEqual({ startedAt: '2023-05-01T00:00:00.000Z', callId: 7 });
    expect(decodeHistoryId(`${hex}_77`)).toEqual({ startedAt: '2023-05-05T06:07:08.000Z', callId: 77 });
  });
});

describe('other ids', () => {
  it.each([
    '',
    '41',
    '250917161728_41-0',
    'h-abc',
    '00000175196381E2',
    '00000175196381E2_',
    'G0000175196381E2_1',
    'x',
  ])('%j is no history id', (id) => {
    expect(isHistoryId(id)).toBe(false);
    expect(decodeHistoryId(id)).toBeNull();
  });
});

it('never fails and never tells a time out of reason', () => {
  fc.assert(
    fc.property(fc.string(), fc.uuid(), (text, uuid) => {
      for (const id of [text, uuid]) {
        const year = new Date(decodeHistoryId(id)?.startedAt ?? '2020-01-01').getUTCFullYear();
        expect(year).toBeGreaterThanOrEqual(2010);
        expect(year).toBeLessThan(2101);
      }
      expect(isHistoryId(uuid)).toBe(true);
    }),
  );
});
