import type { FinishInput, RegisterInput, RegisterParameters } from '../../src/domain/call-steps';
import { finishMethod, registerMethod, useCallBench } from './call-bench';
import { attempts, parameters } from './portal-lab';

const { bench, openLab, registerInput, finishInput, registerDone, finishDone } = useCallBench();

const outgoing = (): RegisterParameters => parameters(bench.lab, { type: 1, crmCreate: false });
const register = (callId = 'call-1', patch: Partial<RegisterParameters> = {}): RegisterInput =>
  registerInput({ callId, parameters: { ...outgoing(), externalCallId: `lab/${callId}`, ...patch } });
const finish = (bitrix24CallId: string, input: RegisterInput): FinishInput =>
  finishInput(
    { bitrix24CallId, userId: 1269, marks: [], alreadyFinished: false, saved: true },
    { callId: input.callId, register: input.parameters },
  );

/** Somebody clicks a number in the portal, and the event comes through. */
async function click(): Promise<string> {
  const { callId } = await bench.lab.sim.control.clickToCall({ userId: 1269, number: '+7 999 123-45-67' });
  const { store, connection } = bench.lab;
  const callerHashes = [store.hashNumber(connection.id, '79991234567')];
  const call = { connection: connection.id, bitrix24CallId: callId, userId: 1269, callerHashes };
  await store.pendingCalls.remember(call, { timeoutMs: 5_000 });
  return callId;
}

function expectOneRow(bitrix24CallId: string): void {
  const { statistics, activities } = bench.lab.sim.control;
  expect(statistics).toMatchObject([{ callId: bitrix24CallId }]);
  expect(activities).toHaveLength(1);
}

describe('a call that its user clicked for in the portal', () => {
  it('goes on under the CALL_ID of the portal and is written once', async () => {
    await openLab('application');
    const clicked = await click();
    const input = register();
    const { result } = await registerDone(input);
    expect(result).toMatchObject({
      bitrix24CallId: clicked,
      userId: 1269,
      marks: ['click-to-call'],
      alreadyFinished: false,
    });
    await finishDone(finish(clicked, input));
    expect(bench.lab.sim.control.requests(registerMethod)).toHaveLength(0);
    expect(bench.lab.sim.control.requests(finishMethod)).toHaveLength(1);
    expect(bench.lab.sim.control.openCalls).toHaveLength(0);
    expectOneRow(clicked);
  });

  it('keeps that CALL_ID in every attempt, and the next call is registered as usual', async () => {
    await openLab('application');
    const clicked = await click();
    const tries = attempts();
    const input = register();
    await registerDone(input, { tries });
    // The worker died before its answer was noted.
    tries.forget();
    expect((await registerDone(input, { tries })).result.bitrix24CallId).toBe(clicked);
    expect((await registerDone({ ...input, round: 1 })).result.bitrix24CallId).toBe(clicked);
    const next = await registerDone(register('call-2'));
    expect(next.result).toMatchObject({ marks: [] });
    expect(next.result.bitrix24CallId).not.toBe(clicked);
  });

  it('is taken even when the call is registered long after it', async () => {
    await openLab('application');
    const clicked = await click();
    const input = register();
    bench.lab.sim.control.clock.advance(40 * 60_000);
    expect((await registerDone(input)).result.bitrix24CallId).toBe(clicked);
  });

  it('takes no other CALL_ID once it may have been registered', async () => {
    await openLab('application');
    bench.lab.sim.control.faults.add({ kind: 'lose-answer', method: registerMethod });
    let clicked: Promise<string> | undefined;
    const { result } = await registerDone(register(), { each: () => (clicked = click()) });
    expect(result.bitrix24CallId).not.toBe(await clicked);
    expect(result.marks).toEqual([]);
  });

  it('is written once when the portal tells of the click only after the call was registered', async () => {
    await openLab('application');
    const input = register();
    const { result } = await registerDone(input);
    const clicked = await click();
    await finishDone(finish(result.bitrix24CallId, input));
    expectOneRow(result.bitrix24CallId);
    // Its card is closed; finishing it would write the call a second time.
    expect(bench.lab.sim.control.openCalls).toMatchObject([{ callId: clicked }]);
    expect(bench.lab.sim.control.requests('telephony.externalcall.hide')).toHaveLength(1);
    // The user's next call to the number is another one.
    expect((await registerDone(register('call-2'))).result.bitrix24CallId).not.toBe(clicked);
  });

  it('finishes in good order although the card of a late click cannot be closed', async () => {
    await openLab('application');
    const input = register();
    const { result } = await registerDone(input);
    await click();
    bench.lab.sim.control.faults.add({ kind: 'error-500', method: 'telephony.externalcall.hide' });
    expect((await finishDone(finish(result.bitrix24CallId, input))).attempts).toBe(1);
    expectOneRow(result.bitrix24CallId);
  });

  it('is no call of another user, another number, or one that came in', async () => {
    await openLab('application');
    const clicked = await click();
    for (const patch of [{ userId: 1 }, { phoneNumber: '79990000000' }, { type: 2 as const }]) {
      const { result } = await registerDone(register(`call-${JSON.stringify(patch).length}`, patch));
      expect(result.bitrix24CallId).not.toBe(clicked);
    }
  });
});
