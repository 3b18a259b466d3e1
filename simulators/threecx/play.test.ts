import { CallTeller } from './call-plan';
import { scenarioNames } from './scenarios';
import type { ScenarioName } from './scenarios';
import { Receiver, TestPbx } from './test-pbx';

describe('a played call', () => {
  let pbx: TestPbx;
  let receiver: Receiver;
  beforeEach(async () => {
    pbx = await TestPbx.start({ timeZone: 'Asia/Yekaterinburg' });
    receiver = await Receiver.start();
  });
  afterEach(async () => {
    await pbx.close();
    await receiver.close();
  });

  it('is told in the words of the public contract, with its own times', async () => {
    const { calls, deliveries } = await pbx.control.play('moscow-to-petersburg', { to: receiver.target });
    const [call] = calls;
    expect(receiver.got.map((one) => one.path.split('/').at(-1))).toEqual([
      'call-started',
      'call-ringing',
      'call-ringing',
      'call-answered',
      'call-ended',
      'recording-ready',
    ]);
    expect(receiver.bodies[3]).toMatchObject({
      callId: call?.historyId,
      extension: '201',
      callerNumber: '+79161234567',
      direction: 'inbound',
      did: '74951234567',
      startedAt: '2026-03-10T09:58:35.000Z',
      answeredAt: '2026-03-10T09:59:00.000Z',
    });
    expect(receiver.bodies[4]).toMatchObject({
      endedAt: '2026-03-10T10:00:00.000Z',
      duration: 60,
      status: 'answered',
      extension: '201',
    });
    expect(receiver.bodies[5]).toMatchObject({ callId: call?.historyId, recordingId: '1' });
    expect(receiver.got[0]?.headers['authorization']).toBe('Bearer hook-token');
    expect(call).toMatchObject({
      extension: '201',
      rang: ['101', '201'],
      durationSeconds: 60,
      status: 'answered',
    });
    expect(deliveries.every((one) => one.status === 202)).toBe(true);
  });

  it.each([
    ['inbound-answered', 'answered 101 [101] 1'],
    ['inbound-missed', 'missed null [101] 0'],
    ['inbound-busy', 'busy null [] 0'],
    ['ring-group', 'answered 102 [101,102,103] 1'],
    ['ring-group-missed', 'missed null [101,102,103] 0'],
    ['queue', 'answered 102 [101,102] 1'],
    ['blind-transfer', 'answered 102 [101,102] 2'],
    ['attended-transfer', 'answered 102 [101] 2', 'ignored'],
    ['outbound-answered', 'answered 101 [101] 1'],
    ['outbound-not-answered', 'cancelled null [101] 0'],
    ['internal', 'ignored'],
    ['anonymous', 'answered 101 [101] 1'],
    ['same-number-twice', 'answered 101 [101] 1', 'answered 102 [102] 1'],
    ['recording-off', 'answered 101 [101] 0'],
    ['pbx-restart', 'answered 101 [101] 1', 'answered 101 [101] 1'],
    ['restart-mid-call', 'null 101 [101] 0', 'answered 101 [101] 1'],
    ['moscow-to-petersburg', 'answered 201 [101,201] 1'],
  ] satisfies [ScenarioName, ...string[]][])('can be %s', async (name, ...expected) => {
    expect(scenarioNames).toContain(name);
    const { calls, failed } = await pbx.control.play(name, { to: receiver.target });
    expect(failed).toEqual([]);
    expect(
      calls.map(({ status, extension, rang, recordings, ignored }) =>
        ignored ? 'ignored' : `${status} ${extension} [${rang.join(',')}] ${recordings.length}`,
      ),
    ).toEqual(expected);
    expect(pbx.control.participants).toEqual([]);
  });

  it('counts the talk of all who talked and names the last', async () => {
    const { calls } = await pbx.control.play('blind-transfer', { to: receiver.target });
    expect(calls).toMatchObject([
      { extension: '102', durationSeconds: 90, recordings: [{ id: 1 }, { id: 2 }] },
    ]);
    expect(receiver.bodies).toContainEqual(expect.objectContaining({ extension: '101', toExtension: '102' }));
  });

  it("is told in a form with Bitrix24's names: an answer and an end, 3CX coding, local time without a zone", async () => {
    await pbx.control.play('outbound-answered', { to: receiver.target, sources: ['answer-end-form'] });
    const forms = receiver.got.map((one) => Object.fromEntries(new URLSearchParams(one.body)));
    expect(receiver.got[0]?.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(forms).toMatchObject([
      { TYPE: '2', USER_PHONE_INNER: '101', CALL_START_DATE: '2026-03-10T14:58:51', CRM_CREATE: 'Y' },
      { TYPE: '2', USER_PHONE_INNER: '101', DURATION: '01:00', STATUS_CODE: '200' },
    ]);
  });

  it('is told by an add-on with its own names, by GET', async () => {
    await pbx.control.play('inbound-missed', {
      to: receiver.target,
      sources: ['add-on'],
      eventInPath: false,
    });
    expect(receiver.got.map((one) => [one.method, one.query['event']])).toEqual([
      ['GET', 'ringing'],
      ['GET', 'incoming'],
    ]);
    expect(receiver.got[1]).toMatchObject({
      path: '/webhooks/3cx/default',
      query: {
        finishtype: 'Missed',
        duration: '00:00',
        id: '260310145935_1-0',
        chid: pbx.control.calls[0]?.historyId,
      },
    });
  });

  it('is reported after the end only, without an id and without a DID', async () => {
    for (const name of ['inbound-missed', 'outbound-not-answered', 'internal', 'inbound-answered'] as const)
      await pbx.control.play(name, {
        to: receiver.target,
        sources: ['report'],
        cast: { agents: ['103', '102', '101'] },
      });
    expect(receiver.bodies).toMatchObject([
      { callType: 'Missed', direction: 'Inbound', duration: '00:00:00', agentEmail: '', agent: '103' },
      { callType: 'Notanswered', direction: 'Outbound', number: '+79161234567' },
      {
        callType: 'Inbound',
        duration: '00:01:00',
        startUtc: '2026-03-10T09:58:54Z',
        endUtc: '2026-03-10T10:00:00Z',
      },
    ]);
    expect(JSON.stringify(receiver.got)).not.toMatch(/historyId|callId|74951234567/);
  });

  it('may be reported once per phone, and though it is internal', async () => {
    const options = { to: receiver.target, sources: ['report' as const], reports: 'per-agent' as const };
    await pbx.control.play('blind-transfer', options);
    await pbx.control.play('ring-group-missed', options);
    await pbx.control.play('internal', { ...options, reports: 'one', reportInternal: true });
    expect(receiver.bodies.map((body) => body['agent'])).toEqual(['101', '102', '101', '102', '103', '102']);
  });

  it('is announced by a Call Flow Designer app at the start, and looked up at the first ring', async () => {
    await pbx.control.play('ring-group', { to: receiver.target, sources: ['cfd', 'lookup'] });
    expect(receiver.bodies).toEqual([
      { historyId: pbx.control.calls[0]?.historyId, caller: '+79161234567', did: '74951234567', app: '888' },
      { number: '+79161234567' },
    ]);
  });

  it('carries the token in whichever way is asked', async () => {
    for (const auth of ['basic', 'header', 'query'] as const)
      await pbx.control.play('inbound-missed', { to: { ...receiver.target, auth }, sources: ['report'] });
    const [basic, header, query] = receiver.got;
    expect(basic?.headers['authorization']).toBe(`Basic ${Buffer.from('3cx:hook-token').toString('base64')}`);
    expect(header?.headers['x-webhook-token']).toBe('hook-token');
    expect(query?.query['token']).toBe('hook-token');
  });

  it('shows a number in the form of the trunk, and none when it is hidden', async () => {
    pbx.control.set({ numberForm: 'national' });
    await pbx.control.play('inbound-missed', { to: receiver.target });
    expect(receiver.bodies[0]).toMatchObject({ callerNumber: '89161234567' });
    await pbx.control.play('anonymous', { to: receiver.target });
    expect(receiver.bodies.at(-1 - 1)).toMatchObject({ callerNumber: '', status: 'answered' });
  });

  it('is placed at the time that is asked for, and may be a call of your own', async () => {
    const plan = new CallTeller({ caller: '4930123456', did: '78121234567' })
      .ring('201', 0)
      .answer('201', 2)
      .end(3.5);
    const { calls } = await pbx.control.play(
      { name: 'short', calls: [{ plan, atS: 0 }] },
      { startAt: Date.UTC(2026, 0, 1) },
    );
    expect(calls).toMatchObject([
      {
        scenario: 'short',
        startedAt: '2026-01-01T00:00:00.000Z',
        endedAt: '2026-01-01T00:00:03.500Z',
        durationSeconds: 1,
      },
    ]);
    expect(receiver.got).toEqual([]);
  });

  it('can be paced, its last word then said on time', async () => {
    const { deliveries } = await pbx.control.play('inbound-answered', { to: receiver.target, speed: 200 });
    const real = deliveries.map((one) => one.fields['endedAt']).filter(Boolean);
    // The clock stands still here: the end lies as far ahead as the paced play takes.
    expect(Date.parse(String(real[0])) - pbx.control.clock.now()).toBe(330);
    await expect(pbx.control.play('inbound-answered', { speed: 0.5 })).rejects.toThrow('at least 1');
  });
});

describe('what goes wrong on the way', () => {
  let pbx: TestPbx;
  let receiver: Receiver;
  beforeEach(async () => {
    pbx = await TestPbx.start();
    receiver = await Receiver.start();
  });
  afterEach(async () => {
    await pbx.close();
    await receiver.close();
  });

  const events = (): string[] => receiver.got.map((one) => one.path.split('/').at(-1) ?? '');

  it('loses, doubles and repeats messages', async () => {
    const { deliveries } = await pbx.control.play('inbound-missed', {
      to: receiver.target,
      faults: {
        lose: ['call-started'],
        duplicate: ['call-ringing'],
        repeat: { events: ['call-ended'], times: 2 },
      },
    });
    expect(events()).toEqual(['call-ringing', 'call-ringing', 'call-ended', 'call-ended', 'call-ended']);
    expect(new Set(receiver.bodies.map((body) => body['deliveryId'])).size).toBe(2);
    expect(deliveries[0]).toMatchObject({ event: 'call-started', attempts: 0, error: 'lost on purpose' });
  });

  it('turns and shuffles the order, the same way for the same seed', async () => {
    const played = async (faults: object): Promise<string[]> => {
      receiver.got.length = 0;
      await pbx.control.play('blind-transfer', { to: receiver.target, faults, recordingReady: false });
      return events();
    };
    const scripted = await played({});
    expect(await played({ order: 'reversed' })).toEqual([...scripted].reverse());
    const shuffled = await played({ order: 'shuffled', seed: 7 });
    expect(shuffled).not.toEqual(scripted);
    expect([...shuffled].sort()).toEqual([...scripted].sort());
    expect(await played({ order: 'shuffled', seed: 7 })).toEqual(shuffled);
  });

  it('sends a burst at once', async () => {
    const played = await pbx.control.playMany('inbound-answered', 20, {
      to: receiver.target,
      faults: { burst: true },
    });
    expect(receiver.got).toHaveLength(100);
    expect(new Set(played.map((one) => one.calls[0]?.callerNumber)).size).toBe(20);
    await expect(
      pbx.control.play('inbound-missed', { to: receiver.target, speed: 2, faults: { burst: true } }),
    ).rejects.toThrow('no speed');
  });

  it('leaves placeholders unfilled', async () => {
    await pbx.control.play('inbound-missed', {
      to: receiver.target,
      faults: { placeholders: ['call-ended'] },
    });
    expect(receiver.bodies.at(-1)).toMatchObject({ callId: '%callId%', status: '%status%' });
  });

  it('does not send again what was refused, unless told to', async () => {
    receiver.statuses.push(503);
    const once = await pbx.control.play('inbound-missed', { to: receiver.target, sources: ['report'] });
    expect(once.failed).toMatchObject([{ status: 503, attempts: 1 }]);
    receiver.statuses.push(503, 400);
    const twice = await pbx.control.play('inbound-missed', {
      to: receiver.target,
      sources: ['report'],
      retries: 3,
    });
    expect(twice.failed).toMatchObject([{ status: 400, attempts: 2 }]);
  });

  it('says Unknown where a Call Flow Designer app finds no id', async () => {
    await pbx.control.play('inbound-missed', { to: receiver.target, sources: ['cfd'], cfdWithoutId: true });
    expect(receiver.bodies).toMatchObject([{ historyId: 'Unknown' }]);
  });

  it('tears calls that go on when the PBX restarts: nobody tells their end', async () => {
    const { calls } = await pbx.control.play('inbound-answered', {
      to: receiver.target,
      onMoment: ({ kind }) => {
        if (kind === 'answered') pbx.control.restart();
      },
    });
    expect(events()).toEqual(['call-started', 'call-ringing', 'call-answered']);
    expect(calls).toMatchObject([{ status: null, endedAt: null, recordings: [] }]);
    expect(pbx.control.recordings).toEqual([]);
  });

  it('notes a bridge that is not there', async () => {
    const { target } = receiver;
    await receiver.close();
    const { failed } = await pbx.control.play('inbound-missed', { to: target });
    expect(failed).toHaveLength(3);
    expect(failed[0]).toMatchObject({ status: 0, error: expect.stringContaining('fetch failed') as string });
    receiver = await Receiver.start();
  });
});
