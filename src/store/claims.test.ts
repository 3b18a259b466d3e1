import type { TestStore } from '../../test/support/test-store';
import { openTestStore } from '../../test/support/test-store';
import { openView } from '../../test/support/open-view';
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

/** The ledger tells when a call was over; its claim does not. */
function ended(callId: string, endS: number): Promise<unknown> {
  return opened.store.calls.save(caller, openView(callId, { endedAt: at(endS) }), 1);
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

describe('a client who waits in a queue or IVR before a phone rings', () => {
  const minutes = (count: number): number => count * 60;

  it('has one call, whether its report or the phone comes first', async () => {
    await claim('live', minutes(3), { extension: '101' });
    expect(await claim('report', 0, { extension: '101', endedAt: at(minutes(8)) })).toEqual(lostTo('live'));
    caller = `${caller}-late`;
    expect(await claim('report', 0, { extension: '101', endedAt: at(minutes(8)) })).toEqual(won);
    expect(await claim('live', minutes(3), { extension: '101' })).toEqual(lostTo('report'));
  });

  it('has one call also when nobody takes it and the report names no phone', async () => {
    await claim('live', minutes(4), { extension: '101' });
    await ended('live', minutes(5));
    expect(await claim('report', 0, { endedAt: at(minutes(5)) })).toEqual(lostTo('live'));
  });

  it('has one call when one report of each phone tells it', async () => {
    await claim('live', minutes(3), { extension: '101', moreExtensions: ['102'] });
    expect(await claim('report-1', 0, { extension: '102', endedAt: at(minutes(8)) })).toEqual(lostTo('live'));
    expect(await claim('report-2', 0, { extension: '103', endedAt: at(minutes(8)) })).toEqual(lostTo('live'));
  });

  it('has one call when a report begins with the phone that took the call over, minutes after the first', async () => {
    await claim('live', 0, { extension: '101' });
    await claim('live', 0, { extension: '102' });
    await ended('live', minutes(9));
    const report = { extension: '102', endedAt: at(minutes(9)) };
    expect(await claim('report', minutes(5), report)).toEqual(lostTo('live'));
  });

  it('has another call when he calls again after it, missed first and answered then', async () => {
    await claim('missed', minutes(3) + 50, { extension: '101' });
    await ended('missed', minutes(4));
    expect(await claim('report-missed', 0, { endedAt: at(minutes(4)) })).toEqual(lostTo('missed'));
    await claim('answered', minutes(8), { extension: '101' });
    await ended('answered', minutes(10));
    const second = { extension: '101', endedAt: at(minutes(10)) };
    expect(await claim('report-answered', minutes(5) + 30, second)).toEqual(lostTo('answered'));
  });

  it('has two calls also when their reports come in the wrong order', async () => {
    await claim('missed', minutes(3) + 50, { extension: '101' });
    await ended('missed', minutes(4));
    await claim('answered', minutes(8), { extension: '101' });
    await ended('answered', minutes(10));
    const second = { extension: '101', endedAt: at(minutes(10)) };
    // The first call’s phone rang nearer to the second’s beginning than its own phone did.
    expect(await claim('report-answered', minutes(5) + 30, second)).toEqual(lostTo('answered'));
    expect(await claim('report-missed', 0, { endedAt: at(minutes(4)) })).toEqual(lostTo('missed'));
  });

  it('has two calls when the first one rang no phone, and he calls again at once', async () => {
    expect(await claim('report-missed', 0, { endedAt: at(minutes(1)) })).toEqual(won);
    expect(await claim('answered', minutes(1) + 50, { extension: '101' })).toEqual(won);
    await ended('answered', minutes(4));
    const second = { extension: '101', endedAt: at(minutes(4)) };
    expect(await claim('report-answered', minutes(1) + 45, second)).toEqual(lostTo('answered'));
  });

  it('has two calls when the second one, of which no phone was seen, comes after the first', async () => {
    await claim('answered', 0, { extension: '101' });
    await ended('answered', 40);
    expect(await claim('report-missed', 100, { endedAt: at(minutes(4)) })).toEqual(won);
    expect(await claim('report-answered', 0, { extension: '101', endedAt: at(40) })).toEqual(
      lostTo('answered'),
    );
  });

  it('has another call beside it when somebody else behind the same number is not put through meanwhile', async () => {
    await claim('talk', 0, { extension: '101' });
    expect(await claim('report-1', minutes(5), { endedAt: at(minutes(7)) })).toEqual(won);
    await ended('talk', minutes(20));
    expect(await claim('report-2', minutes(10), { endedAt: at(minutes(12)) })).toEqual(won);
    expect(await claim('report-talk', 0, { extension: '101', endedAt: at(minutes(20)) })).toEqual(
      lostTo('talk'),
    );
  });

  it('has another call around it when somebody else behind the same number waits all the while', async () => {
    await claim('talk', minutes(5), { extension: '101' });
    await ended('talk', minutes(7));
    const report = { extension: '101', endedAt: at(minutes(7)) };
    expect(await claim('report-talk', minutes(5) - 5, report)).toEqual(lostTo('talk'));
    expect(await claim('report-gave-up', 0, { endedAt: at(minutes(12)) })).toEqual(won);
  });

  it('has another call before it when he gives up while somebody else behind the same number is put through', async () => {
    await claim('talk', minutes(5), { extension: '101' });
    expect(await claim('report-gave-up', 0, { endedAt: at(minutes(6)) })).toEqual(won);
    await ended('talk', minutes(9));
    expect(await claim('report-too', minutes(1), { endedAt: at(minutes(7)) })).toEqual(won);
    const report = { extension: '101', endedAt: at(minutes(9)) };
    expect(await claim('report-talk', minutes(5) - 5, report)).toEqual(lostTo('talk'));
  });

  it('has another call before it also when the report is written before the other call is heard of', async () => {
    expect(await claim('report-gave-up', 0, { endedAt: at(minutes(6)) })).toEqual(won);
    expect(await claim('talk', minutes(5), { extension: '101' })).toEqual(won);
  });

  it('has one call when its report tells no end, however late it came', async () => {
    const heard = { endedAt: at(minutes(6)), endIsReceipt: true };
    await claim('live', minutes(4), { extension: '101' });
    expect(await claim('report', 0, heard)).toEqual(lostTo('live'));
  });

  it('is not known by an end that is only the time of receipt', async () => {
    await claim('live', 0, { extension: '101' });
    await ended('live', minutes(9));
    const report = { extension: '102', endedAt: at(minutes(9)) };
    expect(await claim('report', minutes(5), { ...report, endIsReceipt: true })).toEqual(won);
    expect(await claim('report-told', minutes(5), report)).toEqual(lostTo('live'));
  });

  it('has one call of many claims at once', async () => {
    const outcomes = await Promise.all(
      [0, 1, 2, 3].flatMap((index) => [
        claim(`live-${index}`, minutes(20 * index + 4), { extension: '101' }),
        claim(`report-${index}`, minutes(20 * index), {
          extension: '101',
          endedAt: at(minutes(20 * index + 9)),
        }),
      ]),
    );
    expect(outcomes.filter((outcome) => outcome.won)).toHaveLength(4);
  });

  it('and hides his number is known by the phone and the end', async () => {
    const hidden = { callerHash: '', extension: '101' };
    await claim('a', minutes(3), hidden);
    await ended('a', minutes(6));
    expect(await claim('report-b', 0, { ...hidden, endedAt: at(minutes(4)) })).toEqual(won);
    expect(await claim('report-a', 0, { ...hidden, endedAt: at(minutes(6)) })).toEqual(lostTo('a'));
  });
});

describe('a report whose times lie after those of its call', () => {
  const phone = { extension: '101' };

  it.each([
    ['because the clock of the PBX is fast', 60, 80],
    ['because the clock of the PBX is slow', -80, -60],
    ['because it tells none and came late', 60, 60],
  ])('joins it by the phone, %s', async (_why, startS, endS) => {
    await claim('live', 0, phone);
    await ended('live', 20);
    expect(await claim('report', startS, { ...phone, endedAt: at(endS) })).toEqual(lostTo('live'));
  });

  it('joins another call of that phone that fits better', async () => {
    await claim('first', 0, phone);
    await ended('first', 20);
    await claim('second', 119, phone);
    expect(await claim('report-second', 58, { ...phone, endedAt: at(115) })).toEqual(lostTo('second'));
  });

  it('is a call of its own when it names another phone', async () => {
    await claim('live', 0, phone);
    await ended('live', 20);
    expect(await claim('report', 60, { extension: '102', endedAt: at(80) })).toEqual(won);
  });

  it('is a call of its own when it tells of a call back', async () => {
    await claim('live', 0, { ...phone, direction: 'inbound' });
    await ended('live', 20);
    const back = { ...phone, direction: 'outbound', endedAt: at(80) } as const;
    expect(await claim('report', 60, back)).toEqual(won);
  });

  it('came before another call began, and takes none that rings the same phone then', async () => {
    expect(await claim('report-missed', 0, { ...phone, endedAt: at(20) })).toEqual(won);
    expect(await claim('again', 60, phone)).toEqual(won);
  });
});

describe('calls of one number in both directions', () => {
  const inbound = { direction: 'inbound' } as const;
  const outbound = { direction: 'outbound', extension: '101' } as const;

  it('are two calls', async () => {
    await claim('live', 10, outbound);
    expect(await claim('report-missed', 0, { ...inbound, endedAt: at(40) })).toEqual(won);
    expect(await claim('report-made', 9, { ...outbound, endedAt: at(90) })).toEqual(lostTo('live'));
  });

  it('are one when phone or start agree, for a report that tells no direction counts as inbound', async () => {
    await claim('live', 10, outbound);
    expect(await claim('report', 5, { ...inbound, extension: '101', endedAt: at(40) })).toEqual(
      lostTo('live'),
    );
    caller = `${caller}-exact`;
    await claim('live', 10, outbound);
    expect(await claim('report', 11, { ...inbound, endedAt: at(40) })).toEqual(lostTo('live'));
  });

  it('are told apart by the direction that was told last', async () => {
    await claim('live', 10, { ...inbound, extension: '101' });
    await claim('live', 10, outbound);
    expect(await claim('report', 0, { ...inbound, endedAt: at(40) })).toEqual(won);
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
