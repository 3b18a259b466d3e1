import type { TestStore } from '../../test/support/test-store';
import { openTestStore } from '../../test/support/test-store';
import type { PortalCallClaim } from './contract';

const startMs = Date.parse('2026-11-24T09:00:00Z');
const limit = { timeoutMs: 5_000 };
let now = new Date(startMs);
let stored: TestStore;

beforeAll(async () => {
  stored = await openTestStore(() => now);
});
afterAll(() => stored.close());

let serial = 0;
/** A connection of its own for each test, and what it takes to click and to claim in it. */
function office(): {
  click: (bitrix24CallId: string, atSeconds?: number, userId?: number) => Promise<void>;
  claim: (callId: string, change?: Partial<PortalCallClaim>, startSeconds?: number) => Promise<string | null>;
  connection: string;
} {
  const { pendingCalls } = stored.store;
  const connection = `office-${++serial}`;
  const callerHash = stored.store.hashNumber(connection, '79991234567');
  return {
    connection,
    click: async (bitrix24CallId, atSeconds = 0, userId = 5) => {
      now = new Date(startMs + atSeconds * 1_000);
      await pendingCalls.remember({ connection, bitrix24CallId, userId, callerHashes: [callerHash] }, limit);
    },
    claim: (callId, change = {}, startSeconds = 5) =>
      pendingCalls.claim({
        connection,
        callId,
        userId: 5,
        callerHash,
        startedAt: new Date(startMs + startSeconds * 1_000).toISOString(),
        ...change,
      }),
  };
}

describe('a call that the portal registered by itself', () => {
  it('is given to one call only, and to that one again', async () => {
    const { click, claim, connection } = office();
    await click('portal-1');
    await click('portal-1', 60);
    expect(await claim('call-1')).toBe('portal-1');
    expect(await claim('call-1')).toBe('portal-1');
    expect(await claim('call-2')).toBeNull();
    expect(await stored.store.pendingCalls.claimed(connection, 'call-1')).toBe('portal-1');
    expect(await stored.store.pendingCalls.claimed(connection, 'call-2')).toBeNull();
  });

  it('goes to one of many that reach for it at once, and no call gets two', async () => {
    const { click, claim } = office();
    await click('portal-1');
    const one = await Promise.all([1, 2, 3, 4, 5, 6].map((number) => claim(`call-${number}`)));
    expect(one.filter((given) => given !== null)).toEqual(['portal-1']);
    await click('portal-2');
    await click('portal-3');
    const same = await Promise.all([1, 2, 3, 4].map(() => claim('call-7')));
    expect(new Set(same).size).toBe(1);
    expect(same[0]).toMatch(/portal-[23]/);
  });

  it('goes to the call that started nearest to the click', async () => {
    const { click, claim } = office();
    await click('early', 0);
    await click('late', 600);
    expect(await claim('second', {}, 605)).toBe('late');
    expect(await claim('first', {}, 5)).toBe('early');
  });

  it.each<[string, Partial<PortalCallClaim>, number, string | null]>([
    ['another user', { userId: 6 }, 5, null],
    ['another number', { callerHash: 'other' }, 5, null],
    ['no number', { callerHash: '' }, 5, null],
    ['a call that began long before', {}, -61, null],
    ['a call that began just before the portal told', {}, -59, 'portal-1'],
    ['a call half an hour later', {}, 1_800, 'portal-1'],
    ['a call later than that', {}, 1_801, null],
  ])('is compared with %s', async (_, change, startSeconds, expected) => {
    const { click, claim } = office();
    await click('portal-1');
    expect(await claim('call-1', change, startSeconds)).toBe(expected);
  });

  it('keeps no number, and nothing of a person who is erased', async () => {
    const { click, claim, connection } = office();
    await click('portal-1');
    const raw = JSON.stringify(await stored.database.db.collection('pending_calls').find().toArray());
    expect(raw).not.toContain('9991234567');
    expect(
      await stored.store.pendingCalls.erase(connection, stored.store.hashNumber(connection, '79991234567')),
    ).toBe(1);
    expect(await claim('call-1')).toBeNull();
  });
});
