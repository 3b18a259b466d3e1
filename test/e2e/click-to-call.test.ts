import type { StatisticsRow } from '../../simulators/bitrix24';
import type { ExpectedCall, PlayOptions } from '../../simulators/threecx/play-options';
import type { CallView } from '../../src/domain/call-view';
import { Lab, users } from './lab';

/** Agent 101, and a number for each call. */
const userId = users['101']!;
const numbers = Array.from({ length: 9 }, (_, index) => `7916444000${index}`);
const registerMethod = 'telephony.externalcall.register';
const finishMethod = 'telephony.externalcall.finish';

let lab: Lab;

beforeAll(async () => {
  lab = await Lab.open();
  await Promise.all([lab.start('api'), lab.start('worker')]);
  await lab.connect();
  await lab.installApplication();
});
afterAll(() => lab.close());
afterEach(() => lab.portal.control.set({ doubleEvents: false }));

/** Somebody clicks a number in the portal; answers the CALL_ID and what our API said to each delivery of the event. */
async function click(number: string): Promise<{ clicked: string; statuses: (number | null)[] }> {
  const { callId, sent } = await lab.portal.control.clickToCall({ userId, number });
  return { clicked: callId, statuses: sent.map(({ status }) => status) };
}

/** The PBX dials the number for agent 101, and tells it by webhooks; the recording is there at once. */
async function dial(caller: string, options: PlayOptions = {}): Promise<ExpectedCall> {
  const { calls, failed } = await lab.pbx.control.play('outbound-answered', {
    to: lab.target,
    cast: { caller, agents: ['101'], talkS: 20 },
    recordings: { callLogDelayMs: 0, recordingDelayMs: 0, fileDelayMs: 0 },
    ...options,
  });
  expect(failed).toEqual([]);
  return calls[0]!;
}

const registersOf = (number: string): number =>
  lab.portal.control.requests(registerMethod).filter(({ params }) => params.PHONE_NUMBER === number).length;
const finishesOf = (callId: string | null): number =>
  lab.portal.control.requests(finishMethod).filter(({ params }) => params.CALL_ID === callId).length;
/** The portal keeps a clicked number as it was dialled. */
const rowsOf = (number: string): StatisticsRow[] =>
  lab.portal.control.statistics.filter((row) => row.number.replace(/\D/g, '') === number);

/** The call stands in the portal once: its row, its one finish, and its recording byte for byte. */
async function expectOnce(call: CallView, told: ExpectedCall): Promise<void> {
  const { control } = lab.portal;
  const rows = rowsOf(told.callerNumber).filter((row) => row.callId === call.bitrix24CallId);
  expect(rows).toMatchObject([{ userId, type: 1, statusCode: '200', durationSeconds: told.durationSeconds }]);
  expect(finishesOf(call.bitrix24CallId)).toBe(1);
  expect(call.recording).toMatchObject({ state: 'attached', bytes: told.recordings[0]!.bytes });
  const file = control.recordOf(call.bitrix24CallId!);
  expect(await control.sha256(file!.id)).toBe(lab.pbx.control.sha256(told.recordings[0]!.id));
}

describe('a number that is clicked in Bitrix24, and dialled by 3CX', () => {
  it('is one call under the portal’s own CALL_ID: not registered, finished once, recording attached', async () => {
    const [number] = numbers as [string];
    const { clicked, statuses } = await click('+7 (916) 444-00-00');
    expect(statuses).toEqual([200]);
    const told = await dial(number);
    const call = await lab.settled(told.callId);
    expect(call).toMatchObject({ bitrix24CallId: clicked, userId, direction: 'outbound', status: '200' });
    expect(call.marks).toContain('click-to-call');
    expect(registersOf(number)).toBe(0);
    await expectOnce(call, told);
    expect(rowsOf(number)).toHaveLength(1);
    expect(lab.portal.control.openCalls).toEqual([]);
  });

  it('is one call although the event comes twice, and the next call to the number is one of its own', async () => {
    const number = numbers[1]!;
    lab.portal.control.set({ doubleEvents: true });
    const { clicked, statuses } = await click(number);
    expect(statuses).toEqual([200, 200]);
    const first = await dial(number);
    const call = await lab.settled(first.callId);
    expect(call.bitrix24CallId).toBe(clicked);
    const second = await dial(number);
    const next = await lab.settled(second.callId);
    expect(next.bitrix24CallId).not.toBe(clicked);
    expect(next.marks).not.toContain('click-to-call');
    expect(registersOf(number)).toBe(1);
    await expectOnce(call, first);
    await expectOnce(next, second);
    expect(rowsOf(number)).toHaveLength(2);
  });

  it('is two calls when it is clicked and dialled twice, each under the CALL_ID of a click', async () => {
    const number = numbers[2]!;
    const clicks = [(await click(number)).clicked, (await click(number)).clicked];
    const told = [await dial(number), await dial(number)];
    const calls = await Promise.all(told.map(({ callId }) => lab.settled(callId)));
    expect(new Set(calls.map((call) => call.bitrix24CallId))).toEqual(new Set(clicks));
    expect(registersOf(number)).toBe(0);
    await expectOnce(calls[0]!, told[0]!);
    await expectOnce(calls[1]!, told[1]!);
    expect(rowsOf(number)).toHaveLength(2);
  });

  it('stays one call when the event comes only after the call was registered', async () => {
    const number = numbers[3]!;
    let clicked = '';
    const told = await dial(number, {
      onMoment: async ({ kind, placed }) => {
        if (kind !== 'answered') return;
        const { historyId } = placed.call;
        await lab.callThat(historyId, (call) => call.bitrix24CallId !== null, 'the call is registered');
        ({ clicked } = await click(number));
      },
    });
    const call = await lab.settled(told.callId);
    expect(call.bitrix24CallId).not.toBe(clicked);
    expect(registersOf(number)).toBe(1);
    await expectOnce(call, told);
    // Nothing is written for what the portal opened by itself; its card is closed.
    expect(finishesOf(clicked)).toBe(0);
    expect(rowsOf(number)).toHaveLength(1);
    const hidden = lab.portal.control
      .requests('telephony.externalcall.hide')
      .filter(({ params }) => params.CALL_ID === clicked);
    expect(hidden).toHaveLength(1);
  });

  it('is not believed without the application’s token, and the call is written as any other', async () => {
    const number = numbers[4]!;
    const { control } = lab.portal;
    const right = control.application.applicationToken;
    for (const forged of ['', 'forged', right.slice(0, -1), `${right}0`, right.toUpperCase()]) {
      control.application.applicationToken = forged;
      expect((await click(number)).statuses).toEqual([401]);
    }
    control.application.applicationToken = right;
    const answer = await fetch(lab.portalAddress('events'), {
      method: 'POST',
      body: new URLSearchParams({ event: 'ONEXTERNALCALLSTART' }),
    });
    expect(answer.status).toBe(401);
    const told = await dial(number);
    const call = await lab.settled(told.callId);
    expect(call.marks).not.toContain('click-to-call');
    expect(registersOf(number)).toBe(1);
    await expectOnce(call, told);
    expect(rowsOf(number)).toHaveLength(1);
  });

  it('is told to be bound by the doctor, who leaves the binding as it is', async () => {
    const { bindings } = lab.portal.control.state;
    const before = JSON.stringify(bindings);
    const route = `connections/${lab.connection}/test`;
    const { checks } = await lab.admin<{ checks: { name: string; ok: boolean; detail: string }[] }>(
      'POST',
      route,
    );
    expect(checks.find(({ name }) => name === 'bitrix24-clicks')).toMatchObject({
      ok: true,
      detail: 'ONEXTERNALCALLSTART is bound: clicks on a number are told to us.',
    });
    expect(JSON.stringify(lab.portal.control.state.bindings)).toBe(before);
  });
});
