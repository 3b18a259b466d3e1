import { Receiver, TestPbx } from './test-pbx';

describe('the control', () => {
  let pbx: TestPbx;
  beforeEach(async () => (pbx = await TestPbx.start()));
  afterEach(() => pbx.close());

  const ask = async (method: string, path: string, body?: unknown): Promise<[number, unknown]> => {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    const answer = await fetch(`${pbx.sim.url}/_control/${path}`, init);
    return [answer.status, await answer.json()];
  };

  it('wakes a waiter when something changes, and tells what is missing when it does not come', async () => {
    const waiting = pbx.control.waitFor((control) => control.calls[0]?.over && control.calls[0], 5_000);
    await pbx.control.play('inbound-missed');
    expect((await waiting).callid).toBe(1);
    await expect(pbx.control.waitFor(() => false, 10, 'a miracle')).rejects.toThrow(/a miracle \(calls 1/);
  });

  it('works the same over HTTP', async () => {
    const receiver = await Receiver.start();
    const waiting = ask('GET', 'wait?list=deliveries&count=5');
    const [status, played] = await ask('POST', 'play', { scenario: 'inbound-answered', to: receiver.target });
    expect([status, played]).toMatchObject([200, { calls: [{ extension: '101' }], failed: [] }]);
    expect(await waiting).toEqual([200, { list: 'deliveries', count: 5 }]);
    await receiver.close();
    expect(await ask('GET', 'recordings/1/sha256')).toEqual([200, { sha256: pbx.control.sha256(1) }]);
    expect((await ask('PATCH', 'switches', { noSuch: 1 }))[0]).toBe(400);
    await ask('PATCH', 'switches', { recordingDelayMs: null, version: '20.0.5' });
    expect(pbx.control.switches).toMatchObject({ recordingDelayMs: Infinity, version: '20.0.5' });
    const [, fault] = await ask('POST', 'faults', { kind: 'error-500', endpoint: 'defs' });
    expect((await pbx.get('/xapi/v1/Defs')).status).toBe(500);
    expect(await ask('GET', 'faults')).toMatchObject([200, [{ kind: 'error-500', hits: 1 }]]);
    await ask('DELETE', `faults/${(fault as { id: number }).id}`);
    expect(await ask('POST', 'clock', { advanceMs: 60_000 })).toEqual([
      200,
      { now: '2026-03-10T10:01:00.000Z' },
    ]);
    expect(await ask('GET', 'requests?endpoint=defs')).toMatchObject([
      200,
      [{ outcome: 'fault: error-500' }],
    ]);
    expect((await ask('POST', 'play', { scenario: 'nothing' }))[0]).toBe(400);
    expect((await ask('GET', 'nothing'))[0]).toBe(404);
    await ask('POST', 'reset');
    expect(await ask('GET', 'state')).toMatchObject([200, { calls: [], recordings: [], deliveries: [] }]);
  });

  it('lets another process wait at a barrier and open it', async () => {
    const [, fault] = await ask('POST', 'faults', { kind: 'barrier', endpoint: 'defs' });
    const { id } = fault as { id: number };
    const held = pbx.get('/xapi/v1/Defs');
    expect(await ask('GET', `faults/${id}/held`)).toMatchObject([200, { holding: 1 }]);
    await ask('DELETE', `faults/${id}`);
    expect((await held).status).toBe(200);
  });

  it('keeps credentials and switches over a reset, and begins all counters again', async () => {
    const { clientSecret } = pbx.control.apiClient;
    await pbx.control.play('inbound-answered');
    pbx.control.addExtension({ number: '555' });
    pbx.control.reset();
    expect(pbx.control.apiClient.clientSecret).toBe(clientSecret);
    expect((await pbx.get('/xapi/v1/Defs')).status).toBe(401);
    expect((await pbx.askToken()).status).toBe(200);
    const { calls } = await pbx.control.play('inbound-answered');
    expect(calls).toMatchObject([{ callid: 1, recordings: [{ id: 1 }] }]);
    expect(pbx.control.directory.extensions.some((one) => one.number === '555')).toBe(false);
  });

  it('forgets calls without forgetting where its counters stand', async () => {
    await pbx.control.play('inbound-answered');
    pbx.control.forgetCalls();
    expect([pbx.control.calls, pbx.control.recordings]).toEqual([[], []]);
    pbx.control.clock.advance(10_000);
    expect((await pbx.get('/api/recordings/1/audio')).status).toBe(400);
    const { calls } = await pbx.control.play('inbound-answered');
    expect(calls).toMatchObject([{ callid: 2, recordings: [{ id: 2 }] }]);
  });

  it('is not for pages in a browser, and is open to a blocked address', async () => {
    const answer = await fetch(`${pbx.sim.url}/_control/state`, {
      headers: { origin: 'http://elsewhere.example' },
    });
    expect(answer.status).toBe(403);
    for (let time = 0; time < 4; time += 1) await pbx.askToken({ client_secret: 'wrong' });
    expect(await ask('GET', 'state')).toMatchObject([200, { failedLogins: 4 }]);
    await ask('POST', 'unblock');
    expect((await pbx.askToken()).status).toBe(200);
  });

  it('shows calls, recordings, webhooks and tokens on a page, with every name made harmless', async () => {
    await pbx.control.play('inbound-answered', { cast: { did: '"><img src=x>', caller: '<script>' } });
    const answer = await fetch(pbx.sim.url);
    const page = await answer.text();
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page).toContain(pbx.control.calls[0]?.historyId);
    expect(page).not.toMatch(/<script|<img/);
    expect(page).not.toContain(pbx.token);
  });
});

describe('the console API of v18', () => {
  it('works by cookie and lists recordings', async () => {
    const pbx = await TestPbx.start();
    pbx.control.addExtension({ number: '300', password: 'good' });
    await pbx.control.play('inbound-answered');
    pbx.control.clock.advance(3_000);
    const url = `${pbx.sim.url}/api`;
    const logIn = async (Password: string): Promise<Response> =>
      await fetch(`${url}/login`, { method: 'POST', body: JSON.stringify({ Username: '300', Password }) });
    expect(await (await logIn('bad')).text()).toBe('AuthFailed');
    const good = await logIn('good');
    expect(await good.text()).toBe('AuthSuccess');
    const cookie = good.headers.get('set-cookie')?.split(';')[0] ?? '';
    const list = `${url}/RecordingList?callTypeFilter=0&count=10&start=0&filter=`;
    expect((await fetch(list)).status).toBe(401);
    expect(await (await fetch(list, { headers: { cookie } })).json()).toMatchObject({
      TotalRowsCount: 1,
      list: [{ Id: 1, Participants: ['101'], CallerNumber: '+79161234567', DID: '74951234567' }],
    });
    await pbx.close();
  });
});
