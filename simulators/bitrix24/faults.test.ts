import { Faults } from './faults';
import { TestPortal } from './test-client';

const register = 'telephony.externalCall.register';

describe('faults', () => {
  let portal: TestPortal;
  beforeEach(async () => (portal = await TestPortal.start({ switches: { rateLimited: false } })));
  afterEach(() => portal.close());

  const post = (): Promise<Response> =>
    fetch(`${portal.sim.webhookUrl}${register}`, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ USER_ID: '1269', PHONE_NUMBER: '5550001', TYPE: '2' }),
    });

  it.each([
    ['lose-answer', 1],
    ['lose-request', 0],
    ['reset', 0],
  ] as const)('%s breaks the connection and leaves %i open calls', async (kind, calls) => {
    portal.control.faults.add({ kind, method: register });
    await expect(post()).rejects.toThrow();
    expect(portal.control.openCalls).toHaveLength(calls);
    expect(portal.control.requests(register)[0]).toMatchObject({ faults: [kind], executed: calls === 1 });
    expect((await post()).status).toBe(200);
  });

  it.each([
    ['error-500', 500, 0, /^\{"error":"INTERNAL_SERVER_ERROR"/],
    ['html-502', 502, 0, /^<html>/],
    ['html-200', 200, 1, /^<html>/],
    ['half-json', 200, 1, /^\{"result":\{"CALL_ID.*[^}]$/],
    ['empty-body', 200, 1, /^$/],
    ['rate-limited', 503, 0, /QUERY_LIMIT_EXCEEDED/],
    ['operating-limited', 429, 0, /OPERATION_TIME_LIMIT/],
    ['overloaded', 503, 0, /OVERLOAD_LIMIT/],
    ['redirect', 302, 0, /302/],
  ] as const)('%s answers %i and leaves %i open calls', async (kind, status, calls, body) => {
    portal.control.faults.add({ kind, method: register });
    const answer = await post();
    expect([answer.status, answer.headers.has('retry-after')]).toEqual([status, false]);
    expect(await answer.text()).toMatch(body);
    expect(portal.control.openCalls).toHaveLength(calls);
  });

  it('can strike after the commit where it would strike before', async () => {
    portal.control.faults.add({ kind: 'error-500', method: register, afterCommit: true });
    expect((await post()).status).toBe(500);
    expect(portal.control.openCalls).toHaveLength(1);
  });

  it('answers an oversized body, and a refusal of one’s own', async () => {
    portal.control.faults.add({ kind: 'oversized', method: register, bytes: 1_000_000 });
    expect((await (await post()).text()).length).toBeGreaterThan(1_000_000);
    portal.control.faults.add({
      kind: 'refuse',
      method: register,
      status: 401,
      code: 'PAYMENT_REQUIRED',
      text: 'Pay',
    });
    const refused = await post();
    expect([refused.status, await refused.json()]).toEqual([
      401,
      { error: 'PAYMENT_REQUIRED', error_description: 'Pay' },
    ]);
  });

  it('cuts a hanging request with 504 although the method goes through', async () => {
    portal.control.set({ cutAfterMs: 20 });
    portal.control.faults.add({ kind: 'hang', method: register, ms: 30_000, afterCommit: true });
    expect((await post()).status).toBe(504);
    expect(portal.control.openCalls).toHaveLength(1);
    portal.control.faults.add({ kind: 'hang', method: register, ms: 5 });
    expect((await post()).status).toBe(200);
  });

  it('strikes only a success when it strikes after the commit', async () => {
    portal.control.faults.add({ kind: 'lose-answer', method: 'telephony.externalCall.finish' });
    expect((await portal.finish('unknown')).status).toBe(400);
    const callId = (await portal.register()).body.result.CALL_ID;
    await expect(portal.finish(callId)).rejects.toThrow();
  });

  it('counts, skips and picks by parameters', async () => {
    portal.control.faults.add({ kind: 'error-500', method: register, count: 2, skip: 1 });
    const statuses = [];
    for (let sent = 0; sent < 4; sent += 1) statuses.push((await post()).status);
    expect(statuses).toEqual([200, 500, 500, 200]);
    portal.control.faults.add({ kind: 'error-500', match: (params) => params['TYPE'] === 1 });
    expect((await portal.register({ TYPE: 2 })).status).toBe(200);
    expect((await portal.register({ TYPE: 1 })).status).toBe(500);
  });

  it('draws the same faults from the same seed', () => {
    const draw = (seed: number): boolean[] => {
      const faults = new Faults(seed, () => undefined);
      faults.add({ kind: 'reset', probability: 0.3 });
      return Array.from({ length: 200 }, () => faults.take('before', 'x', {}) !== undefined);
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
    expect(draw(7).filter(Boolean).length).toBeGreaterThan(30);
    expect(draw(7).filter(Boolean).length).toBeLessThan(90);
  });

  it('holds requests at a barrier before the commit until it is released', async () => {
    const barrier = portal.control.faults.barrier({ method: register });
    const held = post();
    await barrier.held;
    expect(barrier.holding).toBe(1);
    expect(portal.control.openCalls).toHaveLength(0);
    barrier.release();
    expect((await held).status).toBe(200);
    expect((await post()).status).toBe(200);
  });

  it('holds the answer at a barrier after the commit, and a client that gives up changes nothing', async () => {
    const barrier = portal.control.faults.barrier({ method: register, when: 'after' });
    const abort = new AbortController();
    const held = fetch(`${portal.sim.webhookUrl}${register}?USER_ID=1269&PHONE_NUMBER=5550001&TYPE=2`, {
      signal: abort.signal,
    });
    await barrier.held;
    abort.abort();
    await expect(held).rejects.toThrow();
    barrier.release();
    expect(portal.control.openCalls).toHaveLength(1);
  });

  it('expires the token under a request', async () => {
    const { accessToken } = portal.control.issueTokens();
    portal.control.faults.add({ kind: 'expire-token', method: 'profile' });
    expect((await portal.call('profile', {}, accessToken)).body.error).toBe('expired_token');
  });

  it('lets go of everything that is held when the portal closes', async () => {
    const other = await TestPortal.start();
    const barrier = other.control.faults.barrier({ method: register });
    const held = other.register();
    held.catch(() => undefined);
    await barrier.held;
    await other.close();
    await expect(held).rejects.toThrow();
  });
});
