import type { ExpectedCall } from '../../simulators/threecx/play-options';
import type { CallView } from '../../src/domain/call-view';
import { eventually } from '../support/eventually';
import { BridgeProcess } from '../support/bridge-process';
import { Lab, users } from './lab';

jest.setTimeout(120_000);

/** Scenario seconds are that much shorter. */
const speed = 20;
const quick = { callLogDelayMs: 0, recordingDelayMs: 0, fileDelayMs: 0 };

describe('calls that only Call Control tells', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.open();
    await Promise.all([lab.start('worker'), lab.start('api')]);
    await lab.connect({ callControl: true });
    await watching();
  });
  afterAll(() => lab.close());

  const watching = (): Promise<void> =>
    eventually(() => lab.pbx.control.phones.listenerCount > 0, 'somebody watches the calls', 30_000);
  /** The call with this number as the API lists it, once it is finished. */
  const finished = async (caller: string): Promise<CallView> => {
    let found: CallView | undefined;
    await eventually(
      async () => {
        const path = `connections/${lab.connection}/calls/search`;
        const { items } = await lab.admin<{ items: CallView[] }>('POST', path, { phoneNumber: caller });
        expect(items.length).toBeLessThanOrEqual(1);
        found = items[0];
        return found?.state === 'finished' && found.recording.state !== 'waiting';
      },
      `the call of …${caller.slice(-2)} is finished\n${lab.logs()}`,
      40_000,
    );
    return found!;
  };
  const rowsOf = (call: CallView): unknown[] =>
    lab.portal.control.statistics.filter((row) => row.externalCallId === `${lab.connection}/${call.callId}`);
  const expectRight = (call: CallView, expected: ExpectedCall, statusCode: string): void => {
    expect(call).toMatchObject({
      callId: expect.stringMatching(`^${expected.callid}~\\d+$`),
      direction: expected.direction,
      extension: expected.extension ?? expected.rang[0],
      userId: users[expected.extension ?? expected.rang[0]!],
      status: statusCode,
    });
    expect(rowsOf(call)).toHaveLength(1);
    expect(new Set(call.events.map(({ source }) => source))).toEqual(new Set(['call-control']));
  };

  it('reach Bitrix24 right, whatever their story', async () => {
    const numbers = {
      'inbound-answered': '79161230001',
      'inbound-missed': '79161230002',
      'ring-group': '79161230003',
      'blind-transfer': '79161230004',
      'outbound-answered': '79161230005',
      internal: '',
    } as const;
    const plays = await Promise.all(
      Object.entries(numbers).map(([scenario, caller]) =>
        lab.pbx.control.play(scenario as keyof typeof numbers, {
          cast: { caller, talkS: 40 },
          speed,
          recordings: quick,
        }),
      ),
    );
    const expected = Object.fromEntries(plays.map(({ scenario, calls }) => [scenario, calls[0]!]));
    for (const [scenario, status] of [
      ['inbound-answered', '200'],
      ['inbound-missed', '304'],
      ['ring-group', '200'],
      ['blind-transfer', '200'],
      ['outbound-answered', '200'],
    ] as const) {
      const call = await finished(numbers[scenario]);
      expectRight(call, expected[scenario]!, status);
    }
    const moved = await finished(numbers['blind-transfer']);
    expect(moved.events.map(({ event }) => event)).toEqual(
      expect.arrayContaining(['call-answered', 'call-transferred', 'call-ended']),
    );
    // Twice 40 s of talk, at the speed of the play, with what a busy machine adds.
    expect(moved.durationSeconds).toBeGreaterThanOrEqual(3);
    expect(moved.durationSeconds).toBeLessThan(20);
    expect(lab.portal.control.statistics).toHaveLength(5);
    expect(lab.portal.control.openCalls).toEqual([]);
  });

  it('are told whole although the socket was dropped in mid-call', async () => {
    const caller = '79161230011';
    const { calls } = await lab.pbx.control.play('blind-transfer', {
      cast: { caller, talkS: 40 },
      speed,
      recordings: quick,
      onMoment: async ({ kind }) => {
        if (kind !== 'answered' && kind !== 'transferred') return;
        lab.pbx.control.dropSockets();
        await watching();
      },
    });
    expectRight(await finished(caller), calls[0]!, '200');
  });

  it('are taken over within seconds when the process that watches them is killed', async () => {
    const first = lab.processes.find(({ kind }) => kind === 'api')!;
    const env = { ...lab.env(), PORT: '0' };
    lab.processes.push(await BridgeProcess.start({ kind: 'api', env }));
    const caller = '79161230021';
    const { calls } = await lab.pbx.control.play('ring-group', {
      cast: { caller, talkS: 40 },
      speed,
      recordings: quick,
      onMoment: async ({ kind }) => {
        if (kind !== 'answered') return;
        await first.stop('SIGKILL');
        await eventually(() => lab.pbx.control.phones.listenerCount === 0, 'nobody watches');
        const killedAt = performance.now();
        await watching();
        expect(performance.now() - killedAt).toBeLessThan(15_000);
      },
    });
    await lab.start('api');
    expectRight(await finished(caller), calls[0]!, '200');
  });
});
