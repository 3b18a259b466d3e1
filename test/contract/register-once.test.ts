import { CancelledFailure } from '@temporalio/activity';
import { createRegisterCall } from '../../src/activities/register-call';
import type { RegisterInput } from '../../src/domain/call-steps';
import { hangs, mishaps, registerMethod, useCallBench } from './call-bench';
import { attempts, parameters, shortTimeoutMs } from './portal-lab';

const { bench, openLab, registerInput, finishInput, untilDone, registerDone, finishDone, expectOneCall } =
  useCallBench();

describe('register, once whatever happens', () => {
  it.each(mishaps)('%s: %s', async (kind) => {
    await openLab('webhook', kind === 'hang' ? { httpTimeoutMs: shortTimeoutMs } : {});
    bench.lab.sim.control.faults.add({ kind, method: registerMethod, ...(kind === 'hang' ? hangs : {}) });
    const { result, attempts: made } = await registerDone();
    expect(made).toBe(2);
    expect(bench.lab.sim.control.openCalls).toHaveLength(1);
    expect(bench.lab.sim.control.openCalls[0]?.callId).toBe(result.bitrix24CallId);
    expect(result).toMatchObject({ marks: [], alreadyFinished: false, saved: true, userId: 1269 });
  });

  it('opens one call when the worker died after the portal did it, and another takes over', async () => {
    await openLab();
    const tries = attempts();
    bench.lab.sim.control.faults.add({ kind: 'lose-answer', method: registerMethod });
    const other = await bench.lab.anotherWorker();
    let worker = bench.lab.deps();
    const { result } = await untilDone(
      (input: RegisterInput) => createRegisterCall(worker)(input),
      registerInput(),
      {
        tries,
        each: () => {
          tries.forget();
          worker = bench.lab.deps({ store: other.store, bitrix24: other.client });
        },
      },
    );
    expect(bench.lab.sim.control.openCalls).toMatchObject([{ callId: result.bitrix24CallId }]);
  });

  it('opens one call when two workers send it at the same moment', async () => {
    await openLab();
    const other = await bench.lab.anotherWorker();
    const gate = bench.lab.sim.control.faults.barrier({ method: registerMethod, count: 2 });
    const deps = [bench.lab.deps(), bench.lab.deps({ store: other.store, bitrix24: other.client })];
    const both = deps.map((worker) => attempts().next(() => createRegisterCall(worker)(registerInput())));
    await bench.lab.sim.control.waitFor(
      ({ requestCount }) => requestCount.call(bench.lab.sim.control, registerMethod) === 2,
    );
    gate.release();
    const [first, second] = await Promise.all(both);
    expect(second?.bitrix24CallId).toBe(first?.bitrix24CallId);
    expect(bench.lab.sim.control.openCalls).toHaveLength(1);
  });

  it('looks before it repeats when the start has become old, and says what it cannot see', async () => {
    await openLab();
    const input = registerInput();
    bench.lab.sim.control.faults.add({ kind: 'lose-answer', method: registerMethod });
    const { result } = await registerDone(input, {
      each: () => bench.lab.sim.control.clock.advance(31 * 60_000),
    });
    expect(result.marks).toEqual(['register-in-doubt']);
    expect(bench.lab.sim.control.requests('voximplant.statistic.get')).toHaveLength(1);
  });

  it('looks as well when the clock of the worker is hours behind', async () => {
    await openLab();
    const twoHours = 2 * 60 * 60_000;
    const behind = createRegisterCall(bench.lab.deps({ clock: () => new Date(bench.lab.now() - twoHours) }));
    const input = registerInput();
    bench.lab.sim.control.faults.add({ kind: 'lose-answer', method: registerMethod });
    const attempt = (): ReturnType<typeof behind> => {
      const dueMs = bench.lab.now();
      const info = { scheduledTimestampMs: dueMs, currentAttemptScheduledTimestampMs: dueMs };
      return attempts(info).next(() => behind(input));
    };
    await expect(attempt()).rejects.toMatchObject({ type: 'NotYet' });
    bench.lab.sim.control.clock.advance(31 * 60_000);
    await attempt();
    expect(bench.lab.sim.control.requests('voximplant.statistic.get')).toHaveLength(1);
  });

  it.each<[number, Partial<RegisterInput>]>([
    [1, { round: 1, earlierRun: true }],
    [31, { round: 1 }],
  ])('finds the finished call of a forgotten attempt of %d minutes ago', async (minutes, patch) => {
    await openLab();
    const input = registerInput();
    const { result } = await registerDone(input);
    await finishDone(finishInput(result));
    bench.lab.sim.control.clock.advance(minutes * 60_000);
    const again = await registerDone({ ...input, ...patch });
    expect(again.result).toMatchObject({
      bitrix24CallId: result.bitrix24CallId,
      alreadyFinished: true,
      userId: 1269,
    });
    expectOneCall();
  });

  it('repeats a young call after a burst in doubt without the heavy look', async () => {
    await openLab();
    const first = await registerDone();
    const again = await registerDone({ ...registerInput(), round: 1 });
    expect(again.result.bitrix24CallId).toBe(first.result.bitrix24CallId);
    expect(bench.lab.sim.control.requests('voximplant.statistic.get')).toHaveLength(0);
  });

  it('takes the row of an earlier call under the same outside id for what it is', async () => {
    await openLab();
    const monthAgo = 30 * 24 * 60;
    const old = registerInput({}, monthAgo);
    await finishDone(finishInput((await registerDone(old)).result, { register: old.parameters }));
    const { result } = await registerDone(registerInput({ round: 1 }, 60));
    expect(result.alreadyFinished).toBe(false);
    expect(bench.lab.sim.control.openCalls).toMatchObject([{ callId: result.bitrix24CallId }]);
  });

  it('has no doubt about an old call while nothing was ever sent', async () => {
    await openLab();
    bench.lab.sim.control.faults.add({ kind: 'rate-limited', method: registerMethod });
    const { result } = await registerDone(registerInput({}, 60));
    expect(result.marks).toEqual([]);
    expect(bench.lab.sim.control.openCalls).toHaveLength(1);
  });

  it('tells the workflow when nothing was sent, so that a later burst of attempts has no doubt either', async () => {
    await openLab();
    bench.lab.sim.control.webhook.secret = 'changed';
    const input = registerInput({}, 60);
    await expect(registerDone(input)).rejects.toMatchObject({
      type: 'AuthorisationLost',
      details: [{ reason: 'credentials-refused', nothingWritten: true }],
    });
    await expect(registerDone({ ...input, round: 1 })).rejects.toMatchObject({
      details: [expect.not.objectContaining({ nothingWritten: true })],
    });
  });

  it('leaves an old call to a person when an earlier attempt may have got through and nobody may look', async () => {
    await openLab('webhook', { switches: { statisticsRight: false } });
    await expect(registerDone(registerInput({ round: 1 }, 60))).rejects.toMatchObject({
      type: 'NeedsPerson',
      details: [{ reason: 'register-unclear' }],
    });
    expect(bench.lab.sim.control.openCalls).toHaveLength(0);
    // A call that nobody can have registered yet needs no look.
    expect((await registerDone(registerInput({}, 60))).result.marks).toEqual([]);
  });

  it('leaves a call that an earlier run may have finished to a person when nobody may look', async () => {
    await openLab('webhook', { switches: { statisticsRight: false } });
    const again = registerDone({ ...registerInput(), round: 1, earlierRun: true });
    await expect(again).rejects.toMatchObject({
      type: 'NeedsPerson',
      details: [{ reason: 'register-unclear' }],
    });
  });

  it('does not keep a call of this minute waiting because nobody may look', async () => {
    await openLab('webhook', { switches: { statisticsRight: false } });
    const first = await registerDone(registerInput());
    const again = await registerDone({ ...registerInput(), round: 1 });
    expect(again.result).toMatchObject({ bitrix24CallId: first.result.bitrix24CallId, marks: [] });
  });

  it('does not take a portal that ignores the filter for one that does not know the call', async () => {
    await openLab('webhook', { switches: { knowsExternalCallId: false } });
    const other = await registerDone(
      registerInput({ parameters: parameters(bench.lab, { phoneNumber: '79990000000' }) }),
    );
    await finishDone(finishInput(other.result));
    await expect(registerDone(registerInput({ round: 1 }, 60))).rejects.toMatchObject({
      type: 'NeedsPerson',
    });
  });

  it('takes the fallback user for one who has left, and the same one in every repeat', async () => {
    await openLab();
    const input = registerInput({ parameters: parameters(bench.lab, { userId: 1272 }) });
    bench.lab.sim.control.faults.add({ kind: 'lose-answer', method: registerMethod });
    const { result } = await registerDone(input, {
      // He is back before the repeat: the decision must stand, or the call would be opened twice.
      each: () => bench.lab.sim.control.updateUser(1272, { active: true }),
    });
    expect(result).toMatchObject({ userId: 1, marks: ['user-inactive'] });
    expect(bench.lab.sim.control.openCalls).toHaveLength(1);
  });

  it('is refused when the fallback user has left too, until the rule names another', async () => {
    await openLab();
    const input = registerInput({
      parameters: parameters(bench.lab, { userId: 1272 }),
      fallbackUserId: 1272,
    });
    await bench.lab.store.connections.put(
      { ...bench.lab.connection, rules: { ...bench.lab.connection.rules, fallbackUserId: 1272 } },
      { id: 'tester' },
    );
    await expect(registerDone(input)).rejects.toMatchObject({
      type: 'Refused',
      details: [{ reason: 'user-inactive' }],
    });
    await bench.lab.store.connections.put(bench.lab.connection, { id: 'tester' });
    expect((await registerDone({ ...input, round: 1 })).result).toMatchObject({ userId: 1 });
  });

  it('marks a call whose lead was not created', async () => {
    await openLab('webhook', {
      switches: { leadCreationError: 'Lead creation is disabled for local users' },
    });
    const number = parameters(bench.lab, { phoneNumber: '79990000001' });
    expect((await registerDone(registerInput({ parameters: number }))).result.marks).toEqual([
      'lead-not-created',
    ]);
  });

  it('sends nothing once it is cancelled or its attempt is over', async () => {
    await openLab();
    const tries = attempts();
    const cancelled = createRegisterCall(
      bench.lab.deps({
        bitrix24: {
          ...bench.lab.client,
          register: (context, given) => {
            tries.environment.cancel();
            return bench.lab.client.register(context, given);
          },
        },
      }),
    );
    await expect(tries.next(() => cancelled(registerInput()))).rejects.toThrow(CancelledFailure);
    const slow = attempts({ startToCloseTimeoutMs: 1_000 });
    const late = createRegisterCall(
      bench.lab.deps({
        bitrix24: {
          ...bench.lab.client,
          register: async (context, given) => {
            await new Promise((resolve) => setTimeout(resolve, context.notAfterMs! - Date.now() + 5));
            return bench.lab.client.register(context, given);
          },
        },
      }),
    );
    await expect(slow.next(() => late(registerInput()))).rejects.toMatchObject({
      details: [{ reason: 'attempt-too-late' }],
    });
    const woken = attempts({ currentAttemptScheduledTimestampMs: Date.now() - 61_000 });
    const unread = createRegisterCall(bench.lab.deps());
    await expect(woken.next(() => unread(registerInput()))).rejects.toMatchObject({
      details: [{ reason: 'attempt-too-late' }],
    });
    expect(bench.lab.sim.control.requestCount()).toBe(0);
  });

  it('lists its requests on the call', async () => {
    await openLab();
    bench.lab.sim.control.faults.add({ kind: 'error-500', method: registerMethod });
    await registerDone();
    const stored = await bench.lab.sim.control.waitFor(() =>
      bench.lab.store.calls.get(bench.lab.connection.id, 'call-1'),
    );
    expect((await stored)?.requests.map((request) => [request.attempt, request.outcome])).toEqual([
      [1, 'ambiguous: portal-fault'],
      [2, 'ok'],
    ]);
  });
});
