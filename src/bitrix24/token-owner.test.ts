import { testConnection } from '../../test/support/test-connection';
import type { Connection } from '../domain/connection';
import type { Store, StoredToken, TokenRepository } from '../store/contract';
import { readCredential } from './credentials';
import { post } from './http-exchange';
import { bitrix24Error } from './reasons';
import { TokenOwner } from './token-owner';

jest.mock('./http-exchange');
// These are real even where the timers are not.
jest.mock('node:timers/promises', () => ({
  setTimeout: (ms: number) => new Promise((resolve) => setTimeout(resolve, ms)),
}));
const posted = jest.mocked(post);

interface Row extends StoredToken {
  lockedBy: string | null;
  lockedUntil: number;
}

/** The record of one pair, as the database keeps it, and what processes see of it. */
class Database {
  row: Row | null = null;
  putsFail = 0;

  /** The store of one process. */
  process(): Store {
    const mine = (owner: string): boolean => this.row?.lockedBy === owner;
    const tokens: Partial<TokenRepository> = {
      get: async () => this.row && { ...this.row },
      recent: async () => this.row && { ...this.row },
      lock: async (_key, owner, leaseMs) => {
        const empty = { generation: 0, token: {}, expiresAt: null, refusedFingerprint: null };
        const row: Row = this.row ?? { ...empty, refusedReason: null, lockedBy: null, lockedUntil: 0 };
        this.row = row;
        if (row.lockedBy !== owner && row.lockedUntil > Date.now()) return false;
        Object.assign(row, { lockedBy: owner, lockedUntil: Date.now() + leaseMs });
        return true;
      },
      unlock: async (_key, owner) => {
        if (mine(owner)) Object.assign(this.row!, { lockedBy: null, lockedUntil: 0 });
      },
      put: async (_key, owner, token, expiresAt) => {
        if (this.putsFail-- > 0) throw new Error('no primary');
        if (!mine(owner)) throw new Error('the lock on the token was lost');
        const generation = this.row!.generation + 1;
        const refusal = { refusedFingerprint: null, refusedReason: null };
        this.row = { generation, token, expiresAt, ...refusal, lockedBy: null, lockedUntil: 0 };
        return this.row;
      },
      refuse: async (_key, owner, refusedFingerprint, refusedReason) => {
        if (mine(owner))
          Object.assign(this.row!, { refusedFingerprint, refusedReason, lockedBy: null, lockedUntil: 0 });
      },
    };
    return { tokens } as Store;
  }
}

const connection: Connection = {
  ...testConnection('https://pbx.example.com'),
  bitrix24: {
    plan: 'standard',
    auth: {
      kind: 'application',
      portalUrl: 'https://portal.example.com',
      clientId: 'local.1',
      clientSecret: 's',
      tokenUrl: 'https://oauth.example.com/oauth/token/',
      tokens: { accessToken: 'access-1', refreshToken: 'refresh-1', expiresAt: '2026-01-01T00:00:00Z' },
    },
  },
} as Connection;

let database: Database;
/** The refresh token that the token server takes. */
let good: number;
beforeEach(() => {
  jest.useFakeTimers();
  database = new Database();
  good = 1;
  posted.mockReset();
});
afterEach(() => jest.useRealTimers());

const clock = (): Date => new Date();
const used = (store: Store): ReturnType<typeof readCredential> => readCredential(store, connection, 'now');

/** A token server that takes its time. As in life, whoever waits no longer does not get the answer, and the old pair is used up. */
function tokenServer(answerAfterMs: number): void {
  posted.mockImplementation(async ({ body, timeoutMs }) => {
    const told = new URLSearchParams(String(body)).get('refresh_token');
    if (told !== `refresh-${good}`) return { status: 400, text: '{"error":"invalid_grant"}' };
    good += 1;
    const answer = { access_token: `access-${good}`, refresh_token: `refresh-${good}`, expires_in: 3600 };
    await new Promise((resolve) => setTimeout(resolve, Math.min(answerAfterMs, timeoutMs)));
    if (answerAfterMs > timeoutMs) throw bitrix24Error('ambiguous', 'portal-timeout');
    return { status: 200, text: JSON.stringify(answer) };
  });
}

/** Lets time pass until it is settled. */
async function inTime<T>(running: Promise<T>): Promise<T> {
  let settled = false;
  const end = (): void => void (settled = true);
  running.then(end, end);
  while (!settled) await jest.advanceTimersByTimeAsync(250);
  return running;
}

describe('a token server that is slow', () => {
  it.each([25_000, 55_000])('is waited for: its answer after %i ms is not lost', async (answerAfterMs) => {
    tokenServer(answerAfterMs);
    const store = database.process();
    const renewed = await inTime(new TokenOwner(store, clock).renewed(connection, await used(store)));
    expect(renewed.accessToken).toBe('access-2');
    expect(database.row).toMatchObject({ token: { accessToken: 'access-2', refreshToken: 'refresh-2' } });
  });

  it('is asked by one worker all the while: the others wait and spend no refresh token', async () => {
    tokenServer(58_000);
    const [first, second] = [database.process(), database.process()];
    const old = await used(second);
    const renewing = new TokenOwner(first, clock).renewed(connection, await used(first));
    await jest.advanceTimersByTimeAsync(45_000);
    await expect(inTime(new TokenOwner(second, clock).renewed(connection, old))).rejects.toMatchObject({
      reaction: 'not-yet',
      reason: 'token-being-renewed',
    });
    await inTime(renewing);
    expect(posted).toHaveBeenCalledTimes(1);
    const picked = await new TokenOwner(second, clock).renewed(connection, old);
    expect(picked.accessToken).toBe('access-2');
  });
});

describe('a new pair that cannot be stored', () => {
  it('is used all the same, and stored by a later use', async () => {
    tokenServer(10);
    database.putsFail = 6;
    const store = database.process();
    const owner = new TokenOwner(store, clock);
    const renewed = await inTime(owner.renewed(connection, await used(store)));
    expect(renewed.accessToken).toBe('access-2');
    expect(database.row?.token).toEqual({});
    expect(await readCredential(store, connection, 'recent')).toMatchObject({ accessToken: 'access-2' });
    expect(database.row?.token).toEqual({});
    expect(await readCredential(store, connection, 'recent')).toMatchObject({ accessToken: 'access-2' });
    expect(await readCredential(store, connection, 'recent')).toMatchObject({ accessToken: 'access-2' });
    expect(database.row?.token).toMatchObject({ accessToken: 'access-2', refreshToken: 'refresh-2' });
    expect((await used(database.process())).accessToken).toBe('access-2');
  });

  it('is the one that is renewed when it expires before the store takes it', async () => {
    tokenServer(10);
    database.putsFail = 6;
    const store = database.process();
    const owner = new TokenOwner(store, clock);
    const second = await inTime(owner.renewed(connection, await used(store)));
    await jest.advanceTimersByTimeAsync(3_600_000);
    const third = await inTime(owner.renewed(connection, second));
    expect(third.accessToken).toBe('access-3');
    expect(database.row?.token).toMatchObject({ accessToken: 'access-3' });
  });

  it('comes back though another worker found the old one used up meanwhile', async () => {
    tokenServer(10);
    database.putsFail = 4;
    const store = database.process();
    await inTime(new TokenOwner(store, clock).renewed(connection, await used(store)));
    await jest.advanceTimersByTimeAsync(300_000);
    const other = database.process();
    await expect(
      inTime(new TokenOwner(other, clock).renewed(connection, await used(other))),
    ).rejects.toMatchObject({ reason: 'reinstall-application' });
    expect((await used(other)).refusedReason).toBe('reinstall-application');
    expect((await used(store)).accessToken).toBe('access-2');
    expect(await used(other)).toMatchObject({ accessToken: 'access-2', refusedReason: null });
  });

  it('takes the place of no pair that is newer still', async () => {
    tokenServer(10);
    database.putsFail = 4;
    const store = database.process();
    const { key } = await inTime(new TokenOwner(store, clock).renewed(connection, await used(store)));
    await jest.advanceTimersByTimeAsync(300_000);
    const { tokens } = database.process();
    await tokens.lock(key, 'other', 1_000);
    await tokens.put(key, 'other', { ...database.row!.token, accessToken: 'newer' }, null);
    await used(store);
    expect(database.row?.token.accessToken).toBe('newer');
  });
});

describe('a renewal that fails', () => {
  const refused = { reaction: 'not-yet', reason: 'token-server-unreachable' };

  it('is not tried again at once by those who wait for it', async () => {
    posted.mockResolvedValue({ status: 502, text: '<html>' });
    const store = database.process();
    const old = await used(store);
    const owner = new TokenOwner(store, clock);
    const tries = Array.from({ length: 5 }, () => owner.renewed(connection, old));
    for (const one of await inTime(Promise.allSettled(tries)))
      expect(one).toMatchObject({ reason: { ...refused, retryAfterMs: expect.any(Number) } });
    expect(posted).toHaveBeenCalledTimes(1);
    await jest.advanceTimersByTimeAsync(15_000);
    await expect(inTime(owner.renewed(connection, old))).rejects.toMatchObject(refused);
    expect(posted).toHaveBeenCalledTimes(2);
  });

  it('waits as long as the token server asks', async () => {
    posted.mockResolvedValue({ status: 429, text: '{"error":"x"}', retryAfterMs: 40_000 });
    const store = database.process();
    const old = await used(store);
    const owner = new TokenOwner(store, clock);
    await expect(owner.renewed(connection, old)).rejects.toMatchObject({ ...refused, retryAfterMs: 40_000 });
    await jest.advanceTimersByTimeAsync(30_000);
    await expect(owner.renewed(connection, old)).rejects.toMatchObject({ ...refused, retryAfterMs: 10_000 });
    expect(posted).toHaveBeenCalledTimes(1);
  });
});
