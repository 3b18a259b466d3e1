import { useEraseBench } from '../../../../test/support/erase-bench';

const bench = useEraseBench();
const { number, erase, callsOf, send, view, save, end, claim } = bench;

describe('erasing a person', () => {
  it('removes every trace of the number and tells what was removed', async () => {
    await save('mine', number, true);
    await save('running', number, false);
    await save('other', '79990000000', true);
    bench.lab.gateway.state = 'down';
    await send('call-started', { callId: 'held', callerNumber: '8 (999) 123-45-67' });
    await send('call-started', { callId: 'held-2', callerNumber: '79990000000' });
    await send('call-ringing', { callId: '%CallId%', callerNumber: '+7 (999) 123-45-67' });
    await send('call-ringing', { callId: '%CallId%', callerNumber: '+79990000000' });
    bench.lab.gateway.state = 'up';
    const answer = await erase('8 999 123 45 67');
    expect([answer.status, answer.body]).toEqual([
      200,
      { calls: 1, inbox: 1, rejected: 1, histories: 1, liveCalls: 0, openCalls: 1 },
    ]);
    expect(bench.lab.gateway.forgotten).toEqual(['call/office/mine']);
    // The one that still runs is left to be found.
    expect([await callsOf(number), await callsOf('79990000000')]).toEqual([1, 1]);
    expect((await bench.lab.ask('GET', '/connections/office/calls/mine')).body).toMatchObject({
      callId: 'mine',
      state: 'finished',
      caller: null,
    });
    expect((await bench.lab.ask('GET', '/connections/office/rejected')).text).not.toContain('123-45-67');
    expect(await bench.lab.store.inbox.forCall('office', 'held')).toEqual([]);
    expect(await bench.lab.store.inbox.forCall('office', 'held-2')).toHaveLength(1);
  });

  it('takes a call that Call Control left behind, and leaves one that may still go on', async () => {
    const state = JSON.stringify({ call: { id: '7~1', callerNumber: number }, events: [] });
    const { liveCalls } = bench.lab.store;
    await liveCalls.save('office', '7~1', state, 1);
    await liveCalls.save('office', '8~1', state.replace('7999', '7888'), 1);
    expect((await erase(number)).body).toMatchObject({ liveCalls: 0, openCalls: 1 });
    // Longer ago than any call lasts.
    const { maxCallHours } = (await bench.lab.store.connections.get('office'))!.value.rules;
    bench.lab.deps.clock = () => new Date(Date.now() + (maxCallHours + 1) * 3_600_000);
    expect((await erase(number)).body).toMatchObject({ liveCalls: 1, openCalls: 0 });
    expect((await liveCalls.all('office')).map(({ key }) => key)).toEqual(['8~1']);
  });

  it('finds it where the PBX told it in the place of a DID', async () => {
    const misplaced = { ...view('odd'), did: number, lineNumber: number, extension: '9991234567' };
    await bench.lab.store.calls.save('office', misplaced, 1, { closed: true });
    await bench.lab.store.extensions.countUnmapped('office', '9991234567', new Date());
    // What is too long for an extension is kept by its last digits only.
    const call = async () => (await bench.lab.ask('GET', '/connections/office/calls/odd')).body;
    expect(await call()).toMatchObject({ did: number, extension: '…67' });
    const unmapped = await bench.lab.store.extensions.listUnmapped('office');
    expect(unmapped.map(({ extension }) => extension)).toEqual(['…67']);
    await erase(number);
    expect(await call()).toMatchObject({ did: null, lineNumber: null, extension: '…67' });
  });

  it('deletes histories of calls that were merged into theirs, and of an id that was used again', async () => {
    await save('mine', number, true);
    await save('42~1764061200', number, true);
    await claim('mine');
    await claim('report-1');
    await erase(number);
    expect([...bench.lab.gateway.forgotten].sort()).toEqual(
      ['42', '42~1764061200', 'mine', 'report-1'].map((callId) => `call/office/${callId}`),
    );
  });

  it('leaves a row so that a repeat is still known, and an audit row without the number', async () => {
    await save('mine', number, true);
    await erase(number);
    expect(await bench.lab.store.calls.get('office', 'mine')).toMatchObject({
      closed: true,
      caller: null,
      did: null,
    });
    const audit = await bench.lab.ask('GET', '/connections/office/audit');
    expect(audit.body.items[0]).toMatchObject({ action: 'person.erase', after: { calls: 1 } });
    expect(audit.text).not.toContain('9991234567');
    expect(await bench.lab.store.audit.verify()).toMatchObject({ ok: true });
  });

  it('may be done again', async () => {
    await save('mine', number, true);
    await erase(number);
    expect((await erase(number)).body).toEqual({
      calls: 0,
      inbox: 0,
      rejected: 0,
      histories: 0,
      liveCalls: 0,
      openCalls: 0,
    });
  });

  it('removes nothing while Temporal cannot forget', async () => {
    await save('mine', number, true);
    bench.lab.gateway.state = 'down';
    expect((await erase(number)).status).toBe(503);
    expect(await bench.lab.store.calls.get('office', 'mine')).toMatchObject({ caller: '…67' });
  });

  it.each([undefined, '', 'anonymous', { $ne: null }, 79991234567])('refuses %j', async (phoneNumber) => {
    expect((await erase(phoneNumber)).status).toBe(400);
  });

  it.each(['101', '900-900'])(
    'takes %s, which colleagues may have, for a caller only',
    async (phoneNumber) => {
      const digits = phoneNumber.replace(/\D/g, '');
      bench.lab.gateway.state = 'down';
      await send('call-ringing', { callId: 'theirs', callerNumber: '79990000000', extension: digits });
      await send('call-ringing', { callId: 'mine', callerNumber: phoneNumber, extension: '102' });
      bench.lab.gateway.state = 'up';
      expect((await erase(phoneNumber)).body).toMatchObject({ inbox: 1 });
      expect(await bench.lab.store.inbox.forCall('office', 'theirs')).toHaveLength(1);
      expect(await bench.lab.store.inbox.forCall('office', 'mine')).toEqual([]);
    },
  );
});

describe('a call that still runs when its caller is erased', () => {
  it('is counted, stays to be found, and goes with its history when it is over', async () => {
    await save('running', number, false);
    expect((await erase(number)).body).toMatchObject({ calls: 0, histories: 0, openCalls: 1 });
    await end('running');
    expect((await erase(number)).body).toMatchObject({ calls: 1, histories: 1, openCalls: 0 });
    expect(bench.lab.gateway.forgotten).toEqual(['call/office/running']);
    expect(await bench.lab.store.calls.get('office', 'running')).toMatchObject({ caller: null, did: null });
    expect(await callsOf(number)).toBe(0);
  });

  it('stays to be found while its history cannot be deleted yet, though its row is closed', async () => {
    await save('ending', number, true);
    const forget = jest.spyOn(bench.lab.gateway, 'forget').mockResolvedValueOnce('open');
    expect((await erase(number)).body).toMatchObject({ calls: 0, histories: 0, openCalls: 1 });
    expect(await callsOf(number)).toBe(1);
    expect((await erase(number)).body).toMatchObject({ calls: 1, histories: 1, openCalls: 0 });
    expect(forget).toHaveBeenCalledTimes(2);
  });

  it('keeps what is held for it, so that it still comes to its end', async () => {
    await save('running', number, false);
    bench.lab.gateway.statuses.set('call/office/unseen', 'open');
    bench.lab.gateway.state = 'down';
    for (const callId of ['running', 'unseen']) {
      await send('call-ended', { callId, callerNumber: number, extension: '101', duration: 5 });
    }
    bench.lab.gateway.state = 'up';
    expect((await erase(number)).body).toMatchObject({ inbox: 0, openCalls: 2 });
    for (const callId of ['running', 'unseen'])
      expect(await bench.lab.store.inbox.forCall('office', callId)).toHaveLength(1);
  });
});

describe('a report that comes after its caller was erased', () => {
  const merged = { won: false, survivorCallId: 'mine' };

  it('joins the call that still runs, and the one that is just over', async () => {
    await save('mine', number, false);
    expect(await claim('mine')).toEqual({ won: true });
    await erase(number);
    expect(await claim('report-1')).toEqual(merged);
    await end('mine');
    await erase(number);
    await erase(number);
    expect(await claim('report-2')).toEqual(merged);
  });

  it('joins a call that began a moment ago and has no row yet, which counts as open', async () => {
    await claim('mine');
    expect((await erase(number)).body).toMatchObject({ openCalls: 1 });
    expect(await claim('report-1')).toEqual(merged);
  });

  it('is found and forgotten too when the person is erased again', async () => {
    await save('mine', number, true);
    await claim('mine');
    await erase(number);
    await claim('report-1');
    await bench.lab.store.calls.save('office', view('report-1'), 1, { closed: true });
    expect((await erase(number)).body).toMatchObject({ calls: 1 });
    expect(bench.lab.gateway.forgotten).toContain('call/office/report-1');
    expect(await bench.lab.store.calls.get('office', 'report-1')).toMatchObject({ caller: null });
  });

  it('finds nothing any more when the person is erased again an hour after the last call', async () => {
    const kept = () => bench.lab.database.db.collection('claims').countDocuments();
    await save('mine', number, true);
    await claim('mine');
    await erase(number);
    expect(await kept()).toBe(1);
    bench.lab.deps.clock = () => new Date(Date.now() + 3_660_000);
    await erase(number);
    expect(await kept()).toBe(0);
  });
});

describe('a call of the person that is held whole', () => {
  it('goes whole, also where an event of it does not tell the number', async () => {
    bench.lab.gateway.state = 'down';
    await send('call-started', { callId: 'held', callerNumber: number });
    await send('call-answered', { callId: 'held', extension: '101' });
    await send('call-ended', { callId: 'held', duration: 5 });
    await send('call-ended', { callId: 'other', callerNumber: '79990000000', duration: 5 });
    bench.lab.gateway.state = 'up';
    expect((await erase(number)).body).toMatchObject({ inbox: 3, openCalls: 0 });
    expect(await bench.lab.store.inbox.forCall('office', 'held')).toEqual([]);
    expect(await bench.lab.store.inbox.forCall('office', 'other')).toHaveLength(1);
  });

  it('stays while Temporal cannot say whether it runs already', async () => {
    bench.lab.gateway.state = 'down';
    await send('call-started', { callId: 'held', callerNumber: number });
    expect((await erase(number)).status).toBe(503);
    expect(await bench.lab.store.inbox.forCall('office', 'held')).toHaveLength(1);
    bench.lab.gateway.state = 'up';
    expect((await erase(number)).body).toMatchObject({ inbox: 1 });
  });
});

describe('a number that is a line of ours', () => {
  const line = '74951234567';

  beforeEach(async () => {
    await save('mine', line, true);
    await save('other', number, true);
    await save('third', '79990000000', true);
    bench.lab.gateway.state = 'down';
    await send('call-ended', { callId: 'held', callerNumber: number, did: line, duration: 5 });
    await send('call-ended', { callId: 'held-own', callerNumber: line, did: line, duration: 5 });
    await send('call-ringing', { callId: '%CallId%', callerNumber: number, did: line });
    await send('call-ringing', { callId: '%CallId%', callerNumber: '8 495 123-45-67', did: '200' });
    bench.lab.gateway.state = 'up';
    const state = JSON.stringify({ call: { id: '7~1', callerNumber: number, did: line }, events: [] });
    await bench.lab.store.liveCalls.save('office', '7~1', state, 1);
  });

  const expectOnlyItsOwnCallsErased = async (): Promise<void> => {
    expect((await erase(`+${line}`)).body).toEqual({
      calls: 1,
      inbox: 1,
      rejected: 1,
      histories: 1,
      liveCalls: 0,
      openCalls: 0,
    });
    for (const callId of ['other', 'third'])
      expect(await bench.lab.store.calls.get('office', callId)).toMatchObject({
        did: line,
        lineNumber: line,
      });
    expect(await bench.lab.store.inbox.forCall('office', 'held')).toHaveLength(1);
  };

  it('is erased where it called, and stays the line of the calls of others', async () => {
    const row = { key: '8 (495) 123-45-67', value: { lineNumber: 'main' }, origin: 'manual' };
    await bench.lab.store.lines.put('office', row, { id: 'test' });
    await expectOnlyItsOwnCallsErased();
  });

  it('is known by those who dialled it when it is not mapped', expectOnlyItsOwnCallsErased);
});
