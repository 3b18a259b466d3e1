import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { TestPortal } from './test-client';

describe('the control', () => {
  let portal: TestPortal;
  beforeEach(async () => (portal = await TestPortal.start()));
  afterEach(() => portal.close());

  const sim = async (method: string, path: string, body?: unknown): Promise<[number, unknown]> => {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    const answer = await fetch(`${portal.sim.url}/_sim/${path}`, init);
    return [answer.status, await answer.json()];
  };

  it('wakes a waiter when the state changes, and tells what is missing when it does not', async () => {
    const waiting = portal.control.waitFor((control) => control.statistics[0], 5_000);
    const callId = await portal.finishedCall();
    expect((await waiting).callId).toBe(callId);
    await expect(portal.control.waitFor(() => false, 10, 'a miracle')).rejects.toThrow(
      /a miracle \(openCalls 0, statistics 1/,
    );
  });

  it('resets to its seeds and keeps its credentials', async () => {
    await portal.finishedCall({ CRM_CREATE: 1 });
    portal.control.updateUser(1269, { active: false });
    portal.control.faults.add({ kind: 'reset', count: Infinity });
    await portal.control.reset();
    expect(portal.control.statistics).toHaveLength(0);
    expect(portal.control.requestCount()).toBe(0);
    expect(portal.control.createdLeads).toHaveLength(0);
    expect((await portal.register()).status).toBe(200);
  });

  it('works the same over HTTP', async () => {
    await sim('POST', 'users', { id: 50, name: 'Eve New', extension: '150' });
    await sim('PATCH', 'users/50', { extension: '151' });
    await sim('POST', 'contacts', { phones: ['74951234567'] });
    await sim('PATCH', 'switches', { errorCodeStyle: 'ERROR_CORE', operatingLimitSeconds: null });
    expect((await sim('PATCH', 'switches', { noSuch: 1 }))[0]).toBe(400);
    await sim('POST', 'faults', { kind: 'error-500', method: 'telephony.externalCall.register' });
    expect((await portal.register()).status).toBe(500);
    const waiting = sim('GET', 'wait?list=activities&count=1');
    const callId = await portal.finishedCall({ USER_ID: 0, USER_PHONE_INNER: '151' });
    expect(await waiting).toEqual([200, { list: 'activities', count: 1 }]);
    expect(await sim('GET', 'state')).toMatchObject([
      200,
      { statistics: [{ callId }], activities: [{ callId }], openCalls: [] },
    ]);
    expect(await sim('GET', 'requests?method=telephony.externalCall.finish')).toMatchObject([
      200,
      [{ outcome: 'ok' }],
    ]);
    expect(await sim('GET', 'faults')).toMatchObject([200, [{ kind: 'error-500', hits: 1 }]]);
    expect(await sim('POST', 'clock', { advanceMs: 60_000 })).toEqual([
      200,
      { now: '2026-03-10T10:01:00.000Z' },
    ]);
    await sim('POST', 'reset');
    expect(await sim('GET', 'state')).toMatchObject([200, { statistics: [] }]);
    expect((await sim('GET', 'nothing'))[0]).toBe(404);
  });

  it('releases a barrier over HTTP', async () => {
    const [, barrier] = await sim('POST', 'faults', { kind: 'barrier', method: '*', count: 5 });
    const held = portal.register();
    await portal.control.waitFor((control) => control.faults.list()[0]?.holding);
    await sim('DELETE', `faults/${(barrier as { id: number }).id}`);
    expect((await held).status).toBe(200);
  });

  it('is not for pages in a browser', async () => {
    const answer = await fetch(`${portal.sim.url}/_sim/reset`, {
      method: 'POST',
      headers: { origin: 'http://elsewhere.example' },
    });
    expect(answer.status).toBe(403);
  });

  it('gives stored bytes and their hash, and removes them from disk in the end', async () => {
    const callId = await portal.finishedCall();
    const content = Buffer.concat([Buffer.from('ID3'), Buffer.alloc(3_000_000, 5)]);
    const { body } = await portal.call('telephony.externalCall.attachRecord', {
      CALL_ID: callId,
      FILENAME: 'a.mp3',
    });
    const form = new FormData();
    form.append('file', new Blob([content]), 'a.mp3');
    await fetch(String(body.result['uploadUrl']), { method: 'POST', body: form });
    const file = portal.control.recordOf(callId);
    expect(await sim('GET', `files/${file?.id}/sha256`)).toEqual([
      200,
      { sha256: createHash('sha256').update(content).digest('hex') },
    ]);
    const bytes = await (await fetch(`${portal.sim.url}/_sim/files/${file?.id}`)).arrayBuffer();
    expect(Buffer.from(bytes).equals(content)).toBe(true);
    const folder = dirname(file?.path ?? '');
    await portal.close();
    expect(existsSync(folder)).toBe(false);
    portal = await TestPortal.start();
  });

  it('shows the calls on a page, with every name made harmless', async () => {
    portal.control.updateUser(1269, { name: '<script>alert(1)</script>' });
    await portal.finishedCall({ LINE_NUMBER: '"><img>' });
    const answer = await fetch(portal.sim.url);
    const page = await answer.text();
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page).toContain('74951234567');
    expect(page).not.toContain('<script>');
    expect(page).not.toContain('<img>');
  });
});
