import { createFinishCall } from '../../src/activities/finish-call';
import { createUpdateCards } from '../../src/activities/update-cards';
import type { FinishResult } from '../../src/domain/call-steps';
import type { FaultKind } from '../../simulators/bitrix24';
import { finishMethod, hangs, mishaps, registerMethod, useCallBench } from './call-bench';
import type { Lab } from './portal-lab';
import { openView } from '../support/open-view';
import { attempts, parameters, shortTimeoutMs } from './portal-lab';

const {
  bench,
  openLab,
  ref,
  registerInput,
  finishInput,
  untilDone,
  registerDone,
  finishDone,
  expectOneCall,
} = useCallBench();

describe('finish, once whatever happens', () => {
  const executed: FaultKind[] = ['lose-answer', 'html-200', 'half-json', 'empty-body', 'oversized'];

  it.each(mishaps)('%s: %s', async (kind) => {
    await openLab('webhook', kind === 'hang' ? { httpTimeoutMs: shortTimeoutMs } : {});
    const { result } = await registerDone();
    bench.lab.sim.control.faults.add({ kind, method: finishMethod, ...(kind === 'hang' ? hangs : {}) });
    const done = await finishDone(finishInput(result));
    expectOneCall();
    expect(done.result).toMatchObject({
      bitrix24CallId: result.bitrix24CallId,
      userId: 1269,
      saved: true,
      marks: [],
    });
    expect(done.result.activityId).not.toBeNull();
    if (executed.includes(kind)) expect(bench.lab.sim.control.requestCount(finishMethod)).toBe(1);
  });

  it('does not finish twice when the portal stopped midway: row written, call still open', async () => {
    await openLab();
    const { result } = await registerDone();
    bench.lab.sim.control.faults.add({ kind: 'midway', method: finishMethod });
    const done = await finishDone(finishInput(result));
    expect(bench.lab.sim.control.statistics).toHaveLength(1);
    expect(bench.lab.sim.control.activities).toHaveLength(1);
    expect(done.result.statisticsId).toBe(String(bench.lab.sim.control.statistics[0]?.id));
  });

  it.each([true, false])(
    'sees a finish that ended between its two questions (new portal: %s)',
    async (modern) => {
      await openLab('webhook', { switches: { knowsExternalCallId: modern } });
      const { result } = await registerDone();
      const gate = bench.lab.sim.control.faults.barrier({ method: finishMethod, when: 'before' });
      const first = bench.lab.client.finish(bench.lab.context(), {
        bitrix24CallId: result.bitrix24CallId,
        userId: 1269,
        durationSeconds: 42,
        statusCode: '200',
        addToChat: true,
      });
      await gate.held;
      // The statistics are asked, then the first finish ends, then `hide` is asked.
      const bitrix24 = {
        ...bench.lab.client,
        hide: async (...given: Parameters<Lab['client']['hide']>) => {
          gate.release();
          await first;
          return bench.lab.client.hide(...given);
        },
      };
      const done = await untilDone<FinishResult>(
        createFinishCall(bench.lab.deps({ bitrix24 })),
        finishInput(result, { round: 1 }),
      );
      expectOneCall();
      expect(done.result).toMatchObject({ bitrix24CallId: result.bitrix24CallId, marks: [] });
    },
  );

  it('registers a call anew that the portal lost, with its own start and without a card', async () => {
    await openLab();
    const { result } = await registerDone();
    bench.lab.sim.control.state.openCalls = [];
    const cardsBefore = bench.lab.sim.control.cards.length;
    const input = finishInput(result);
    const done = await finishDone(input);
    expectOneCall();
    expect(done.result.marks).toEqual(['registered-anew']);
    expect(done.result.bitrix24CallId).not.toBe(result.bitrix24CallId);
    // The portal keeps whole seconds.
    const startedAt = Math.floor(Date.parse(input.register.callStartDate) / 1000) * 1000;
    expect(bench.lab.sim.control.statistics[0]?.startedAt).toBe(startedAt);
    expect(bench.lab.sim.control.cards.slice(cardsBefore).filter((card) => card.action === 'show')).toEqual(
      [],
    );
  });

  it.each([
    [0, false],
    [31, false],
    [31, true],
  ])(
    'has one row when answers are lost while a lost call is registered anew (%i minutes old, memory lost: %s)',
    async (minutes, forget) => {
      await openLab();
      const { result } = await registerDone();
      bench.lab.sim.control.state.openCalls = [];
      const input = finishInput(result);
      bench.lab.sim.control.clock.advance(minutes * 60_000);
      bench.lab.sim.control.faults.add({ kind: 'lose-answer', method: registerMethod });
      bench.lab.sim.control.faults.add({ kind: 'lose-answer', method: finishMethod });
      const tries = attempts();
      const done = await finishDone(input, { tries, each: () => forget && tries.forget() });
      expect(bench.lab.sim.control.statistics).toHaveLength(1);
      expect(bench.lab.sim.control.activities).toHaveLength(1);
      expect(done.result.marks).toContain('registered-anew');
      // Only an old start leaves the open call of the lost answer behind, and that is said.
      expect(bench.lab.sim.control.openCalls).toHaveLength(minutes > 0 ? 1 : 0);
    },
  );

  it('does not take the row of an earlier call under the same outside id for the call that was lost', async () => {
    await openLab();
    const old = registerInput({}, 30 * 24 * 60);
    await finishDone(finishInput((await registerDone(old)).result, { register: old.parameters }));
    const { result } = await registerDone();
    bench.lab.sim.control.state.openCalls = [];
    const done = await finishDone(finishInput(result, { round: 1 }));
    expect(done.result.marks).toEqual(['registered-anew']);
    expect(bench.lab.sim.control.statistics).toHaveLength(2);
  });

  it('asks a person when the outcome is unknown and nobody may look', async () => {
    await openLab('webhook', { switches: { statisticsRight: false } });
    const { result } = await registerDone();
    bench.lab.sim.control.faults.add({ kind: 'lose-answer', method: finishMethod });
    await expect(finishDone(finishInput(result))).rejects.toMatchObject({
      type: 'NeedsPerson',
      details: [{ reason: 'finish-unclear' }],
    });
    bench.lab.sim.control.set({ statisticsRight: true });
    expect((await finishDone(finishInput(result, { round: 1 }))).result.marks).toEqual([]);
    expectOneCall();
  });

  it('is done by two workers at once without doubling the call', async () => {
    await openLab();
    const { result } = await registerDone();
    const other = await bench.lab.anotherWorker();
    bench.lab.sim.control.faults.add({ kind: 'lose-answer', method: finishMethod });
    const input = finishInput(result, { round: 1 });
    await finishDone(input);
    const deps = { store: other.store, bitrix24: other.client, timeScale: 60_000 };
    const second = createFinishCall(bench.lab.deps(deps));
    await untilDone<FinishResult>(second, { ...input, round: 2 });
    expectOneCall();
  });

  it('sends nothing from a worker that was frozen and wakes after its attempt is over', async () => {
    await openLab();
    const { result } = await registerDone();
    const finish: Lab['client']['finish'] = async (context, given) => {
      await new Promise((resolve) => setTimeout(resolve, context.notAfterMs! - Date.now() + 5));
      return bench.lab.client.finish(context, given);
    };
    const frozen = createFinishCall(bench.lab.deps({ bitrix24: { ...bench.lab.client, finish } }));
    const input = finishInput(result);
    const first = attempts({ startToCloseTimeoutMs: 1_000 }).next(() => frozen(input));
    await finishDone(input);
    await expect(first).rejects.toMatchObject({ details: [{ reason: 'attempt-too-late' }] });
    const woken = attempts({ currentAttemptScheduledTimestampMs: Date.now() - 61_000 });
    await expect(woken.next(() => createFinishCall(bench.lab.deps())(input))).rejects.toMatchObject({
      details: [{ reason: 'attempt-too-late' }],
    });
    expect(bench.lab.sim.control.requestCount(finishMethod)).toBe(1);
    expectOneCall();
  });

  it('takes the fallback user when the owner has left', async () => {
    await openLab();
    const { result } = await registerDone();
    bench.lab.sim.control.updateUser(1269, { active: false });
    expect((await finishDone(finishInput(result))).result).toMatchObject({
      userId: 1,
      marks: ['user-inactive'],
    });
    expectOneCall();
  });

  it('belongs to whom the extension is mapped at this moment', async () => {
    await openLab();
    const { result } = await registerDone();
    const put = (value: { userId: number } | { kind: 'queue' }): Promise<unknown> =>
      bench.lab.store.extensions.put(
        bench.lab.connection.id,
        { key: '102', value, origin: 'manual' },
        { id: 'tester' },
      );
    const view = openView('call-1', { marks: ['unmapped-extension', 'anonymous'] });
    const run = (extension: string | null): Promise<FinishResult> =>
      attempts().next(() =>
        createFinishCall(
          bench.lab.deps({
            bitrix24: {
              ...bench.lab.client,
              finish: async () => ({
                statisticsId: '1',
                activityId: '2',
                activityMissing: false,
                activityFailed: false,
              }),
            },
          }),
        )(finishInput(result, { extension, registeredUserId: 1271, view })),
      );
    expect(await run('102')).toMatchObject({ userId: 1, marks: ['unmapped-extension'] });
    await put({ kind: 'queue' });
    expect(await run('102')).toMatchObject({ userId: 1271, marks: [] });
    await put({ userId: 1270 });
    expect(await run('102')).toMatchObject({ userId: 1270, marks: [] });
    expect(await run(null)).toMatchObject({ userId: 1271, marks: [] });
  });

  it.each([
    ['none', true],
    ['waiting', false],
  ] as const)('leaves the ledger row of a call whose recording is %s closed: %s', async (state, closed) => {
    await openLab();
    const { result } = await registerDone();
    const view = openView('call-1', { state: 'finished', recording: { state, attempts: 0 } });
    await finishDone(finishInput(result, { view }));
    const { connection, callId } = ref();
    expect(await bench.lab.store.calls.get(connection, callId)).toMatchObject({ closed });
  });

  it('marks a missing activity where one was wanted or failed, not where nothing matched', async () => {
    await openLab();
    const unknown = parameters(bench.lab, {
      phoneNumber: '79990000002',
      crmCreate: false,
      externalCallId: 'x/2',
    });
    const first = await registerDone(registerInput({ parameters: unknown }));
    const quiet = await finishDone(finishInput(first.result, { register: unknown }));
    expect(quiet.result).toMatchObject({ activityId: null, marks: [] });
    bench.lab.sim.control.set({ activityFails: true });
    const second = await registerDone();
    expect((await finishDone(finishInput(second.result))).result.marks).toEqual(['no-activity']);
  });
});

describe('cards', () => {
  it('are shown and hidden, and a closed call is fine', async () => {
    await openLab();
    const { result } = await registerDone();
    const cards = createUpdateCards(bench.lab.deps());
    const input = { ...ref(), bitrix24CallId: result.bitrix24CallId, show: [1270], hide: [1269] };
    await attempts().next(() => cards(input));
    expect(bench.lab.sim.control.cards.slice(-2)).toMatchObject([
      { userId: 1270, action: 'show' },
      { userId: 1269, action: 'hide' },
    ]);
    await finishDone(finishInput(result));
    await attempts().next(() => cards(input));
  });
});
