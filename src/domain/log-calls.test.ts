import type { ScenarioName } from '../../simulators/threecx/scenarios';
import { ThreecxLab } from '../../test/support/threecx-lab';
import type { ExpectedCall } from '../../simulators/threecx/play-options';
import { eventsOfLogCall } from './log-call-events';
import { groupLogCalls } from './log-calls';
import type { LogCalls, LogLeg } from './log-calls';

let lab: ThreecxLab;
beforeEach(async () => {
  lab = await ThreecxLab.start();
});
afterEach(() => lab.close());

async function rows(played: ExpectedCall[]): Promise<LogLeg[]> {
  const from = new Date(Math.min(...played.map((call) => Date.parse(call.startedAt))) - 60_000);
  const to = new Date(lab.pbx.control.clock.now());
  return lab.client.callLog(lab.context(), { from, to });
}

async function log(played: ExpectedCall[]): Promise<LogCalls> {
  return groupLogCalls(await rows(played));
}

describe('the legs of the call log', () => {
  it.each<[ScenarioName, { rang: string[]; talked: string[] }]>([
    ['inbound-answered', { rang: ['101'], talked: ['101'] }],
    ['inbound-missed', { rang: ['101'], talked: [] }],
    ['ring-group', { rang: ['101', '102', '103'], talked: ['102'] }],
    ['ring-group-missed', { rang: ['101', '102', '103'], talked: [] }],
    ['queue', { rang: ['101', '102'], talked: ['102'] }],
    ['blind-transfer', { rang: ['101', '102'], talked: ['101', '102'] }],
    ['attended-transfer', { rang: ['101', '102'], talked: ['101', '102'] }],
    ['outbound-answered', { rang: ['101'], talked: ['101'] }],
    ['outbound-not-answered', { rang: ['101'], talked: [] }],
    ['anonymous', { rang: ['101'], talked: ['101'] }],
    ['moscow-to-petersburg', { rang: ['101', '201'], talked: ['201'] }],
  ])('are put together to one call: %s', async (scenario, { rang, talked }) => {
    const played = await lab.play(scenario);
    const [expected] = played as [ExpectedCall];
    const { calls } = await log(played);
    expect(calls).toHaveLength(1);
    const [call] = calls;
    expect(call).toMatchObject({
      callId: expected.historyId,
      direction: expected.direction,
      startedAt: expected.startedAt,
      endedAt: expected.endedAt,
      answeredAt: expected.answeredAt,
      talkSeconds: expected.durationSeconds,
    });
    expect(call!.rang.map((one) => one.extension)).toEqual(rang);
    expect(call!.talks.map((one) => one.extension)).toEqual(talked);
    expect([...call!.recordingIds].sort()).toEqual(expected.recordings.map(({ id }) => id).sort());
    expect(call!.outsideNumber.replace(/\D/g, '')).toBe(expected.callerNumber);
  });

  it('of an internal call are no call', async () => {
    expect((await log(await lab.play('internal'))).calls).toEqual([]);
  });

  it('name the consultation of an attended transfer beside the call itself', async () => {
    const played = await lab.play('attended-transfer');
    const [main, consultation] = played as [ExpectedCall, ExpectedCall];
    const { calls } = await log(played);
    expect(calls.map(({ callId, joinedIds }) => ({ callId, joinedIds }))).toEqual([
      { callId: main.historyId, joinedIds: [consultation.historyId] },
    ]);
  });

  it('of two calls from one number stay apart', async () => {
    const played = await lab.play('same-number-twice');
    const { calls } = await log(played);
    expect(calls.map(({ callId }) => callId)).toEqual(played.map(({ historyId }) => historyId));
    expect(calls.map(({ talks }) => talks[0]?.extension)).toEqual(['101', '102']);
  });

  it('are read as well where the log tells no types', async () => {
    const played = await lab.play('queue');
    const bare = (await rows(played)).map((row) => ({ ...row, sourceType: null, destinationType: null }));
    const { calls } = groupLogCalls(bare);
    expect(calls[0]!.rang.map((one) => one.extension)).toEqual(['101', '102']);
    expect(calls[0]!.talks.map((one) => one.extension)).toEqual(['102']);
  });

  it('are left alone when only the joined part of a call lies in the range', async () => {
    const played = await lab.play('attended-transfer');
    const [main] = played as [ExpectedCall];
    const late = (await rows(played)).filter((row) => row.historyId !== main.historyId);
    expect(late.length).toBeGreaterThan(0);
    expect(groupLogCalls(late).calls).toEqual([]);
  });

  it('without history ids are counted', async () => {
    lab.pbx.control.set({ version: '20.0.5' });
    const { calls, rowsWithoutId } = await log(await lab.play('queue'));
    expect(calls).toEqual([]);
    expect(rowsWithoutId).toBe(3);
  });

  it('of a call that was forwarded out of the PBX tell its talk without an extension', () => {
    const [call] = groupLogCalls([
      {
        historyId: '00000000-01dc-27dd-cc8a-799100000029',
        mainHistoryId: null,
        startedAt: '2025-09-17T14:17:29Z',
        direction: 'inbound',
        sourceDn: '10000',
        sourceNumber: '+79161234567',
        sourceType: 1,
        destinationDn: '10000',
        destinationNumber: '+79035550011',
        destinationType: 1,
        ringingSeconds: 5,
        talkingSeconds: 30,
        answered: true,
        recordingIds: [],
      },
    ]).calls;
    expect(call).toMatchObject({
      direction: 'inbound',
      outsideNumber: '+79161234567',
      rang: [],
      talks: [{ extension: null, seconds: 30 }],
      startedAt: '2025-09-17T14:17:28.715Z',
    });
  });
});

describe('a call of the log as events', () => {
  const options = { callerNumber: '79161234567', did: '74951234567', receivedAt: '2026-03-10T10:00:00Z' };

  it('begins with its end, which tells the whole call', async () => {
    const played = await lab.play('blind-transfer');
    const [call] = (await log(played)).calls;
    const events = eventsOfLogCall(call!, options);
    expect(events[0]).toMatchObject({
      event: 'call-ended',
      source: 'call-log',
      extension: '102',
      startedAt: played[0]!.startedAt,
      durationSeconds: played[0]!.durationSeconds,
      status: 'answered',
    });
    expect(events.slice(1).map(({ event, extension }) => `${event} ${extension}`)).toEqual([
      'call-ringing 101',
      'call-ringing 102',
      'call-answered 101',
      'call-answered 102',
    ]);
  });

  it('tells in each event whose call it is and since when, for any of them may be the first to arrive', async () => {
    const played = await lab.play('inbound-answered');
    const [call] = (await log(played)).calls;
    const { callerNumber, did } = options;
    for (const event of eventsOfLogCall(call!, options))
      expect(event).toMatchObject({
        callerNumber,
        did,
        direction: 'inbound',
        startedAt: played[0]!.startedAt,
      });
  });

  it('is the same each time, and no two of its events have one key', async () => {
    const [call] = (await log(await lab.play('ring-group'))).calls;
    const events = eventsOfLogCall(call!, options);
    expect(eventsOfLogCall(call!, options)).toEqual(events);
    expect(new Set(events.map(({ deliveryKey }) => deliveryKey)).size).toBe(events.length);
  });

  it('passes over queues where a person is looked for', async () => {
    const [call] = (await log(await lab.play('ring-group-missed'))).calls;
    const [end] = eventsOfLogCall(call!, { ...options, nobodies: new Set(['101']) });
    expect(end).toMatchObject({ extension: '102', status: 'missed', durationSeconds: 0 });
  });
});
