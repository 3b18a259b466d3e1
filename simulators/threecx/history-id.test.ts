import * as fc from 'fast-check';
import { historyId, readHistoryId } from './history-id';

describe('a history id', () => {
  it('is written and read like the public samples', () => {
    const sample = '00000000-01dc-27dd-cc8a-799100000029';
    const read = readHistoryId(sample);
    expect(read?.callid).toBe(41);
    expect(new Date(read?.startedAtMs ?? 0).toISOString()).toMatch(/^2025-09-17T14:17:28/);
    expect(readHistoryId('00000175196381E2_549589')?.callid).toBe(549_589);
  });

  it('holds start and callid in both forms', () => {
    const starts = fc.integer({ min: 0, max: Date.UTC(2100, 0) });
    fc.assert(
      fc.property(
        fc.constantFrom('v20' as const, 'v18' as const),
        starts,
        fc.integer({ min: 1, max: 2 ** 31 - 1 }),
        fc.integer({ min: 0, max: 9_999 }),
        (form, startedAtMs, callid, ticks) => {
          expect(readHistoryId(historyId(form, startedAtMs, callid, ticks))).toEqual({ startedAtMs, callid });
        },
      ),
    );
  });

  it('keeps two calls of one millisecond apart even when the callid is the same', () => {
    expect(historyId('v20', 1_000, 1, 1)).not.toBe(historyId('v20', 1_000, 1, 2));
    expect(readHistoryId('41')).toBeNull();
  });
});
