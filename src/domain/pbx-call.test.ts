import { liveCallId, pbxCallOf } from './pbx-call';

describe("the PBX's own number of a call", () => {
  it('stands in history ids of both forms, in live ids and in bare callids', () => {
    expect(pbxCallOf('00000000-01dc-27dd-cc8a-799100000029')).toEqual({
      kind: 'history',
      callNumber: 41,
      startedAt: '2025-09-17T14:17:28.715Z',
    });
    expect(pbxCallOf('00000175196381E2_549589')).toMatchObject({ kind: 'history', callNumber: 549589 });
    expect(pbxCallOf('41~1758118648')).toEqual({
      kind: 'live',
      callNumber: 41,
      startedAt: '2025-09-17T14:17:28.000Z',
    });
    expect(pbxCallOf('41')).toEqual({ kind: 'number', callNumber: 41, startedAt: null });
    // Of webhook add-ons, behind the local time (3cx.md section 6).
    expect(pbxCallOf('250917161728_41')).toEqual({ kind: 'number', callNumber: 41, startedAt: null });
  });

  it('is not read into other ids', () => {
    for (const id of ['report-abc', 'h-abc', '25091716172_41', '41~', '41~x', 'a41', '12345678901', 'c1-2'])
      expect(pbxCallOf(id)).toBeNull();
  });

  it('comes back from the id that is made of it', () => {
    expect(pbxCallOf(liveCallId(7, 1_758_118_648_700))).toEqual({
      kind: 'live',
      callNumber: 7,
      startedAt: '2025-09-17T14:17:28.000Z',
    });
  });
});
