import type { TestStore } from '../../test/support/test-store';
import { openTestStore } from '../../test/support/test-store';
import { liveCallId } from '../domain/pbx-call';

/** 2025-09-17T14:17:28.7Z, call number 41. */
const historyId = '00000000-01dc-27dd-cc8a-799100000029';
const startMs = Date.parse('2025-09-17T14:17:28.700Z');
const minuteMs = 60_000;

describe('a call that is told under two ids of the PBX', () => {
  let stored: TestStore;
  beforeAll(async () => {
    stored = await openTestStore(() => new Date(startMs + minuteMs));
  });
  afterAll(() => stored.close());

  let office = 0;
  beforeEach(() => (office += 1));
  const claim = async (callId: string, startedMs = startMs, callerHash = 'hash'): Promise<string | null> => {
    const answer = await stored.store.claims.claim(
      {
        connection: `office-${office}`,
        callId,
        workflowId: `call/office/${callId}`,
        callerHash,
        startedAt: new Date(startedMs).toISOString(),
        extension: '101',
        fromReport: callId.startsWith('report-'),
      },
      120_000,
    );
    return answer.won ? null : answer.survivorCallId;
  };

  it.each([
    ['Call Control first, the call log later', liveCallId(41, startMs + 2_000), historyId],
    ['a flow application first, Call Control later', historyId, liveCallId(41, startMs + 2_000)],
    ['a bare callid and the call log', '41', historyId],
    ['a bare callid and Call Control', '41', liveCallId(41, startMs)],
  ])('belongs to the first: %s', async (_name, first, second) => {
    expect(await claim(first)).toBeNull();
    expect(await claim(second)).toBe(first);
    expect(await claim(second)).toBe(first);
    expect(await claim(first)).toBeNull();
    expect(await stored.store.claims.survivorOf(`office-${office}`, second)).toBe(first);
  });

  it('is one although nobody told the number at first, and although a queue held the client for minutes', async () => {
    expect(await claim(historyId, startMs, '')).toBeNull();
    expect(await claim(liveCallId(41, startMs + 12 * minuteMs))).toBe(historyId);
  });

  it('has one owner when all claim at once', async () => {
    const ids = [historyId, liveCallId(41, startMs), liveCallId(41, startMs + 3_000), '41'];
    const answers = await Promise.all(ids.map((id) => claim(id)));
    const winner = ids[answers.indexOf(null)]!;
    expect(answers.filter((answer) => answer === null)).toHaveLength(1);
    expect(new Set(answers.filter((answer) => answer !== null))).toEqual(new Set([winner]));
  });

  it('is another one after the PBX has counted from 1 again', async () => {
    expect(await claim(liveCallId(41, startMs))).toBeNull();
    expect(await claim(historyId)).toBe(liveCallId(41, startMs));
    expect(await claim(liveCallId(41, startMs + 5 * minuteMs))).toBeNull();
    // The history id of that second call: the first one has its own already.
    expect(await claim('00000000-01dc-27de-7f5a-d79100000029')).toBe(liveCallId(41, startMs + 5 * minuteMs));
  });

  it('is another one under another number, or hours later', async () => {
    expect(await claim(historyId)).toBeNull();
    expect(await claim(liveCallId(42, startMs))).toBeNull();
    expect(await claim(liveCallId(41, startMs + 60 * minuteMs))).toBeNull();
  });

  it('still loses to a report that came first', async () => {
    expect(await claim('report-1')).toBeNull();
    expect(await claim(liveCallId(41, startMs))).toBe('report-1');
    expect(await claim(historyId)).toBe(liveCallId(41, startMs));
  });

  it('can be looked up by its number before anything is claimed', async () => {
    const { claims } = stored.store;
    const at = new Date(startMs + 9_000).toISOString();
    expect(await claims.claimedAs(`office-${office}`, 41, at)).toBeNull();
    await claim(historyId);
    expect(await claims.claimedAs(`office-${office}`, 41, at)).toBe(historyId);
    expect(await claims.claimedAs(`office-${office}`, 42, at)).toBeNull();
  });
});
