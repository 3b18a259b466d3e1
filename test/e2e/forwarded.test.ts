import { CallTeller } from '../../simulators/threecx/call-plan';
import type { ExpectedCall, PlayOptions } from '../../simulators/threecx/play-options';
import type { CallView } from '../../src/domain/call-view';
import { eventually } from '../support/eventually';
import { Lab, users } from './lab';

/** Where agent 201 has his calls forwarded when he does not answer. */
const mobile = '+79035550011';
const registerMethod = 'telephony.externalcall.register';

let lab: Lab;
let callers = 79_165_550_000;

beforeAll(async () => {
  lab = await Lab.open();
  await Promise.all([lab.start('api'), lab.start('worker')]);
  await lab.connect();
});
afterAll(() => lab.close());

/** Workers may read a connection that is a second old. */
const readAnewMs = 1_200;

async function rules(showCard: 'ring' | 'answer'): Promise<void> {
  await lab.admin('PATCH', `connections/${lab.connection}`, { rules: { reconcileMinutes: 1440, showCard } });
  const changedAt = Date.now();
  await eventually(() => Date.now() - changedAt > readAnewMs, 'the rule is read anew');
}

/** An inbound call rings 201 for 15 seconds, goes to his mobile phone and is taken there for 30. */
async function play(options: PlayOptions = {}): Promise<ExpectedCall> {
  callers += 1;
  const plan = new CallTeller({ caller: String(callers), did: '74951234567' })
    .ring('201', 1)
    .forward('201', mobile, 16, 20)
    .end(50);
  const { calls } = await lab.pbx.control.play(
    { name: 'forwarded', calls: [{ plan, atS: 0 }] },
    { recordings: { callLogDelayMs: 0, recordingDelayMs: 0, fileDelayMs: 0 }, ...options },
  );
  return calls[0]!;
}

/** What one webhook of ours tells of the end. */
const endOf = (told: ExpectedCall, patch: object = {}): Record<string, unknown> => ({
  callId: told.callId,
  callerNumber: told.callerNumber,
  direction: 'inbound',
  did: told.did,
  startedAt: told.startedAt,
  endedAt: told.endedAt,
  duration: told.durationSeconds,
  status: 'answered',
  ...patch,
});

async function expectWritten(told: ExpectedCall, type: number, status = '200'): Promise<CallView> {
  const call = await lab.settled(told.callId);
  const durationSeconds = status === '200' ? told.durationSeconds : 0;
  expect(call).toMatchObject({ direction: 'inbound', userId: users['201'], status, durationSeconds });
  const rows = lab.portal.control.statistics.filter((row) => row.number === told.callerNumber);
  expect(rows).toMatchObject([
    { callId: call.bitrix24CallId, type, statusCode: status, durationSeconds, userId: users['201'] },
  ]);
  const registers = lab.portal.control
    .requests(registerMethod)
    .filter(({ params }) => params.PHONE_NUMBER === told.callerNumber);
  expect(registers.map(({ params }) => params.TYPE)).toEqual([type]);
  expect(call.marks.includes('forwarded')).toBe(type === 3);
  return call;
}

describe('an inbound call that is taken on a mobile phone outside', () => {
  it('stays of TYPE 2 where it was registered while the desk phone rang: that cannot be changed any more', async () => {
    const told = await play();
    const { callId, callerNumber } = told;
    await lab.send('call-ringing', { callId, callerNumber, direction: 'inbound', extension: '201' });
    await lab.callThat(callId, (call) => call.bitrix24CallId !== null, 'the call is registered');
    await lab.send('call-ended', endOf(told, { forwarded: true }));
    await expectWritten(told, 2);
  });

  it('is of TYPE 3 when the call log tells it whole, with its recording, and belongs to whose phone it was', async () => {
    const told = await play({ startAt: Date.now() - 6 * 60_000 });
    await lab.reconcile();
    const call = await expectWritten(told, 3);
    expect(call.recording).toMatchObject({ state: 'attached', bytes: told.recordings[0]!.bytes });
    const file = lab.portal.control.recordOf(call.bitrix24CallId!);
    expect(await lab.portal.control.sha256(file!.id)).toBe(lab.pbx.control.sha256(told.recordings[0]!.id));
  });

  it('is of TYPE 3 when its end is all that is told, for then the call log is asked', async () => {
    const told = await play();
    expect((await lab.send('call-ended', endOf(told))).status).toBe(202);
    await expectWritten(told, 3);
  });

  describe('and whose card opens at the answer', () => {
    beforeAll(() => rules('answer'));

    it.each([true, 1, 'yes'])(
      'is of TYPE 3 when a webhook says so before it is registered: %p',
      async (forwarded) => {
        const told = await play();
        const { callId, callerNumber } = told;
        await lab.send('call-ringing', { callId, callerNumber, direction: 'inbound', extension: '201' });
        await lab.send('call-ended', endOf(told, { forwarded }));
        await expectWritten(told, 3);
      },
    );

    it('is a missed call of TYPE 2 when nobody took it there either', async () => {
      const told = await play();
      const end = endOf(told, { extension: '201', forwarded: true, status: 'missed', duration: 0 });
      await lab.send('call-ended', end);
      await expectWritten(told, 2, '304');
    });
  });
});
