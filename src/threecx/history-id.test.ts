import fc from 'fast-check';
import { decodeHistoryId, isHistoryId } from './history-id';

it('reads start and call number out of an id of v20', () => {
  expect(decodeHistoryId('00000000-01dc-27dd-cc8a-799100000029')).toEqual({
    startedAtMs: Date.parse('2025-09-17T14:17:28.715Z'),
    callNumber: 41,
  });
});

it('reads both ways in which v18 counted its time', () => {
  expect(decodeHistoryId('00000175196381E2_549589')).toEqual({
    startedAtMs: 0x175196381e2,
    callNumber: 549_589,
  });
  const since1601 = (Date.UTC(2023, 4, 1) + 11_644_473_600_000).toString(16).padStart(16, '0');
  expect(decodeHistoryId(`${since1601}_7`)).toEqual({ startedAtMs: Date.UTC(2023, 4, 1), callNumber: 7 });
});

it.each(['41', '', 'h-abc', '00000000-0000-0000-0000-000000000000', '12345678-1234-1234-1234-123456789012'])(
  'reads nothing out of %p',
  (id) => {
    expect(decodeHistoryId(id)).toBeNull();
  },
);

it('never fails and never tells a time out of reason', () => {
  fc.assert(
    fc.property(fc.string(), fc.uuid(), (text, uuid) => {
      for (const id of [text, uuid]) {
        const year = new Date(decodeHistoryId(id)?.startedAtMs ?? Date.UTC(2020)).getUTCFullYear();
        expect(year).toBeGreaterThanOrEqual(2010);
        expect(year).toBeLessThan(2101);
      }
      expect(isHistoryId(uuid)).toBe(true);
    }),
  );
});
