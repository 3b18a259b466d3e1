import type { TestStore } from '../../test/support/test-store';
import { openTestStore } from '../../test/support/test-store';
import type { ClaimRequest } from './contract';

let opened: TestStore;
beforeAll(async () => {
  opened = await openTestStore();
});
afterAll(() => opened.close());

const windowMs = 120_000;
const startMs = Date.parse('2026-11-24T09:00:00Z');
const at = (seconds: number): string => new Date(startMs + seconds * 1000).toISOString();

let serial = 0;
let caller: string;
beforeEach(() => (caller = `caller-${(serial += 1)}`));

type Claimed = { won: true } | { won: false; survivorCallId: string };
const won = { won: true };
const lostTo = (survivorCallId: string): Claimed => ({ won: false, survivorCallId });

/** A claim of a call that begins `startS` seconds after nine; its connection is that of the test. */
function claim(callId: string, startS: number, more: Partial<ClaimRequest> = {}): Promise<Claimed> {
  return opened.store.claims.claim(
    {
      connection: caller,
      callId,
      workflowId: callId,
      callerHash: caller,
      startedAt: at(startS),
      extension: null,
      fromReport: callId.startsWith('report'),
      ...more,
    },
    windowMs,
  );
}

describe('reports of a client who calls several times within two minutes', () => {
  it('join the nearest call, whichever came first', async () => {
    await claim('a', 0);
    await claim('b', 50);
    expect(await claim('report-b', 50)).toEqual(lostTo('b'));
    expect(await claim('report-a', 0)).toEqual(lostTo('a'));
  });

  it('are calls of their own where nothing else told the second call', async () => {
    await claim('a', 0);
    expect(await claim('report-a', 0, { endedAt: at(20) })).toEqual(lostTo('a'));
    expect(await claim('report-b', 50, { endedAt: at(70) })).toEqual(won);
  });

  it('join one call when they overlap, as those of the persons do who had it after each other', async () => {
    await claim('a', 0);
    expect(await claim('report-1', 0, { endedAt: at(40) })).toEqual(lostTo('a'));
    expect(await claim('report-2', 38, { endedAt: at(90) })).toEqual(lostTo('a'));
  });

  it('are calls of their own when they were over before the report that the call has', async () => {
    await claim('b', 50);
    expect(await claim('report-b', 50, { endedAt: at(70) })).toEqual(lostTo('b'));
    expect(await claim('report-a', 0, { endedAt: at(20) })).toEqual(won);
  });

  it('that have their call take no other, whichever began first', async () => {
    expect(await claim('report-b', 10, { endedAt: at(15) })).toEqual(won);
    expect(await claim('c', 20)).toEqual(lostTo('report-b'));
    expect(await claim('a', 0)).toEqual(won);
    expect(await claim('d', 22)).toEqual(won);
  });

  it('that came first keep their call, and the other call keeps its own', async () => {
    expect(await claim('report-a', 0, { endedAt: at(20) })).toEqual(won);
    expect(await claim('a', 0)).toEqual(lostTo('report-a'));
    expect(await claim('b', 50)).toEqual(won);
  });
});

describe('a call whose number is told late', () => {
  it('is claimed under it as soon as it is known', async () => {
    expect(await claim('a', 0, { callerHash: null })).toEqual(won);
    expect(await claim('a', 0)).toEqual(won);
    expect(await claim('report', 1)).toEqual(lostTo('a'));
  });

  it('is not taken for one whose caller hides the number', async () => {
    await claim('a', 0, { callerHash: null, extension: '101' });
    expect(await claim('report', 0, { callerHash: '', extension: '101' })).toEqual(won);
  });
});

describe('callers without number', () => {
  const hidden = { callerHash: '' };

  it('are told apart by the phone that they reached', async () => {
    await claim('a', 0, { ...hidden, extension: '101' });
    expect(await claim('report-b', 1, { ...hidden, extension: '102' })).toEqual(won);
    expect(await claim('report-a', 1, { ...hidden, extension: '101' })).toEqual(lostTo('a'));
  });

  it('are told apart by time on one phone', async () => {
    await claim('a', 0, { ...hidden, extension: '101' });
    expect(await claim('report', 30, { ...hidden, extension: '101' })).toEqual(won);
  });

  it('are known by the exact start while one side names no phone', async () => {
    await claim('a', 0, hidden);
    await claim('b', 60, hidden);
    expect(await claim('report-a', 1, { ...hidden, extension: '101' })).toEqual(lostTo('a'));
    expect(await claim('report-c', 55, { ...hidden, extension: '101' })).toEqual(won);
  });

  it('are known by a phone that was named after the claim', async () => {
    await claim('a', 0, { ...hidden, extension: '101' });
    await claim('a', 0, { ...hidden, extension: '102', moreExtensions: ['103'] });
    expect(await claim('report', 1, { ...hidden, extension: '103' })).toEqual(lostTo('a'));
  });
});

it('claims of two connections never meet', async () => {
  await claim('a', 0);
  expect(await claim('report', 0, { connection: 'other' })).toEqual(won);
});

it('of many claims at once, each report finds one call and no call is lost', async () => {
  const calls = [0, 10, 20, 30].flatMap((startS) => [
    claim(`call-${startS}`, startS),
    claim(`report-${startS}`, startS, { endedAt: at(startS + 5) }),
  ]);
  const outcomes = await Promise.all(calls);
  expect(outcomes.filter((outcome) => outcome.won).length).toBeGreaterThanOrEqual(4);
  const again = await claim('call-0', 0);
  expect(again).toEqual(outcomes[0]);
});
