import { OperatingLimiter } from './operating-limiter';
import { RateLimiter } from './rate-limiter';
import { TestPortal } from './test-client';
import type { Answer } from './test-client';

describe('the rate bucket', () => {
  it('takes 50 at once, refuses the 51st, and leaks two a second without a break', () => {
    const bucket = new RateLimiter();
    const burst = Array.from({ length: 60 }, () => bucket.take('a', 'standard', 0));
    expect(burst.indexOf(false)).toBe(50);
    expect(bucket.take('a', 'standard', 400)).toBe(false);
    expect(bucket.take('a', 'standard', 500)).toBe(true);
    expect(bucket.take('a', 'standard', 500)).toBe(false);
    expect(bucket.take('b', 'standard', 500)).toBe(true);
  });

  it('takes 250 on the larger plan', () => {
    const bucket = new RateLimiter();
    const burst = Array.from({ length: 260 }, () => bucket.take('a', 'enterprise', 0));
    expect(burst.indexOf(false)).toBe(250);
  });

  it('answers 503 without Retry-After, before anything else is looked at, and the request has no effect', async () => {
    const portal = await TestPortal.start();
    for (let sent = 0; sent < 50; sent += 1) await portal.call('server.time');
    const refused = await portal.register();
    expect(refused.status).toBe(503);
    expect(refused.body).toEqual({ error: 'QUERY_LIMIT_EXCEEDED', error_description: 'Too many requests' });
    expect(refused.headers.has('retry-after')).toBe(false);
    expect(portal.control.openCalls).toHaveLength(0);
    expect((await fetch(`${portal.sim.url}/rest/1/wrong/profile`)).status).toBe(503);
    portal.control.clock.advance(500);
    expect((await portal.register()).status).toBe(200);
    await portal.close();
  });

  it('can be lifted', async () => {
    const portal = await TestPortal.start({ switches: { rateLimited: false } });
    for (let sent = 0; sent < 60; sent += 1) await portal.call('server.time');
    expect((await portal.call('server.time')).status).toBe(200);
    await portal.close();
  });
});

describe('the run time limit', () => {
  it('sums one-minute baskets of ten minutes and leaves short executions out', () => {
    const limiter = new OperatingLimiter();
    limiter.spend('register', 0.1, 0);
    expect(limiter.used('register', 0)).toBe(0);
    limiter.spend('register', 2, 30_000);
    limiter.spend('register', 3, 90_000);
    expect(limiter.used('register', 599_999)).toBe(5);
    expect(limiter.resetAt('register', 599_999)).toBe(600);
    expect(limiter.used('register', 600_000)).toBe(3);
    expect(limiter.used('finish', 600_000)).toBe(0);
  });

  it('blocks one method with 429 while the others go on, until the oldest basket drops out', async () => {
    const portal = await TestPortal.start({ switches: { operatingLimitSeconds: 3 } });
    const callId = await portal.finishedCall();
    const attach = (name: string): Promise<Answer> =>
      portal.call('telephony.externalCall.attachRecord', {
        CALL_ID: callId,
        FILENAME: name,
        FILE_CONTENT: 'SUQzAAAA',
      });
    const first = await attach('a.mp3');
    expect(first.body.time).toMatchObject({ operating: 2 });
    await attach('b.mp3');
    const blocked = await attach('c.mp3');
    expect(blocked.status).toBe(429);
    expect(blocked.body).toEqual({
      error: 'OPERATION_TIME_LIMIT',
      error_description: 'Method is blocked due to operation time limit.',
    });
    expect((await portal.register({ EXTERNAL_CALL_ID: '2' })).status).toBe(200);
    const resetAt = Number(first.body.time?.['operating_reset_at']);
    expect(resetAt * 1000).toBeGreaterThan(portal.control.clock.now());
    portal.control.clock.set(resetAt * 1000);
    expect((await attach('d.mp3')).status).toBe(200);
    await portal.close();
  });
});
