import { createFinishCall } from '../../src/activities/finish-call';
import type { FinishInput, FinishResult } from '../../src/domain/call-steps';
import { finishMethod, useCallBench } from './call-bench';
import type { Attempts, Lab } from './portal-lab';
import { attempts } from './portal-lab';

const { bench, openLab, finishInput, registerDone, expectOneCall } = useCallBench();

/** Shorter than the portal goes on with a request. */
const impatientMs = 3_000;
const mayBeRunning = { type: 'NotYet', details: [{ reason: 'finish-may-be-running' }] };

let sleptMs: number;
beforeEach(() => {
  sleptMs = 0;
  const now = Date.now.bind(Date);
  jest.spyOn(Date, 'now').mockImplementation(() => now() + sleptMs);
});
afterEach(() => jest.restoreAllMocks());

/** One attempt to finish the call. */
const attempt = (tries: Attempts, input: FinishInput): Promise<FinishResult> =>
  tries.next(() => createFinishCall(bench.lab.deps())(input));

/** An attempt that is to wait for an earlier finish. @returns for how long. */
async function waitOf(tries: Attempts, input: FinishInput): Promise<number> {
  const failed = await attempt(tries, input).catch((error: unknown) => error);
  expect(failed).toMatchObject(mayBeRunning);
  return (failed as { nextRetryDelay: number }).nextRetryDelay;
}

/** A registered call, and a portal that takes a finish in and does not go on with it. */
async function slowPortal(
  options = {},
): Promise<{ input: FinishInput; gate: { held: Promise<unknown>; release(): void } }> {
  await openLab('webhook', options);
  const { result } = await registerDone();
  const gate = bench.lab.sim.control.faults.barrier({ method: finishMethod, when: 'before' });
  return { input: finishInput(result), gate };
}

/** The portal goes on with the first finish, which is found by the next attempt. */
async function goesOn(gate: { release(): void }, tries: Attempts, input: FinishInput): Promise<void> {
  expect(bench.lab.sim.control.requestCount(finishMethod)).toBe(1);
  gate.release();
  await bench.lab.sim.control.waitFor(({ openCalls }) => openCalls.length === 0);
  await attempt(tries, input);
  expectOneCall();
  expect(bench.lab.sim.control.requestCount(finishMethod)).toBe(1);
}

describe('a finish that may still be at work', () => {
  it.each([1, 90_000])(
    'is waited for until the portal cuts it, whatever our own time-out is (%i ms)',
    async (ms) => {
      await openLab();
      const { result } = await registerDone();
      bench.lab.sim.control.faults.add({ kind: 'error-500', method: finishMethod });
      const tries = attempts();
      const run = createFinishCall(bench.lab.deps({ httpTimeoutMs: ms }));
      const input = finishInput(result);
      await expect(tries.next(() => run(input))).rejects.toMatchObject({
        details: [{ reason: 'portal-fault' }],
      });
      for (let waits = 0; waits < 2; waits++) {
        const failed = await tries.next(() => run(input)).catch((error: unknown) => error);
        expect(failed).toMatchObject(mayBeRunning);
        const { nextRetryDelay } = failed as { nextRetryDelay: number };
        expect(nextRetryDelay).toBeGreaterThan(40_000);
        expect(nextRetryDelay).toBeLessThanOrEqual(60_000);
      }
      expect(bench.lab.sim.control.requestCount(finishMethod)).toBe(1);
    },
  );

  it('is not sent a second time when we gave it up before the portal did', async () => {
    const { input, gate } = await slowPortal({ httpTimeoutMs: impatientMs });
    const tries = attempts();
    await expect(attempt(tries, input)).rejects.toMatchObject({ details: [{ reason: 'portal-timeout' }] });
    sleptMs = 2 * impatientMs;
    expect(await waitOf(tries, input)).toBeGreaterThan(50_000);
    await goesOn(gate, tries, input);
  });

  it('is waited for from when it was sent, not from when we set out to send it', async () => {
    await openLab();
    const input = finishInput((await registerDone()).result);
    bench.lab.sim.control.faults.add({ kind: 'lose-request', method: finishMethod });
    const finish: Lab['client']['finish'] = (...given) => {
      // A token is renewed first, say.
      sleptMs = 20_000;
      return bench.lab.client.finish(...given);
    };
    const slow = createFinishCall(bench.lab.deps({ bitrix24: { ...bench.lab.client, finish } }));
    const tries = attempts();
    await expect(tries.next(() => slow(input))).rejects.toMatchObject({
      details: [{ reason: 'answer-lost' }],
    });
    expect(await waitOf(tries, input)).toBeGreaterThan(50_000);
  });

  it('is not sent a second time by a burst that somebody orders right after it', async () => {
    const { input, gate } = await slowPortal({ httpTimeoutMs: impatientMs });
    await expect(attempt(attempts(), input)).rejects.toMatchObject({
      details: [{ reason: 'portal-timeout' }],
    });
    const tries = attempts();
    const ordered: FinishInput = { ...input, round: 1, ordered: true };
    expect(await waitOf(tries, ordered)).toBeGreaterThan(50_000);
    await goesOn(gate, tries, ordered);
  });

  it('is not sent a second time when the worker that sent it died without a word', async () => {
    const { input, gate } = await slowPortal();
    const tries = attempts();
    const died = attempt(tries, input);
    await gate.held;
    tries.forget();
    expect(await waitOf(tries, input)).toBeGreaterThan(50_000);
    await goesOn(gate, tries, input);
    await died;
  });

  it('is not sent a third time when the worker that sent the second died without a word', async () => {
    await openLab();
    const input = finishInput((await registerDone()).result);
    bench.lab.sim.control.faults.add({ kind: 'error-500', method: finishMethod });
    const tries = attempts();
    await expect(attempt(tries, input)).rejects.toMatchObject({ details: [{ reason: 'portal-fault' }] });
    sleptMs = 61_000;
    const gate = bench.lab.sim.control.faults.barrier({ method: finishMethod, when: 'before' });
    const died = attempt(tries, input);
    await gate.held;
    expect(await waitOf(tries, input)).toBeGreaterThan(50_000);
    gate.release();
    await died;
    await attempt(tries, input);
    expectOneCall();
    expect(bench.lab.sim.control.requestCount(finishMethod)).toBe(2);
  });
});

describe('a finish that was never sent', () => {
  const away = async (): Promise<never> => {
    throw new Error('MongoDB is away');
  };

  const expectNoDoubt = async (input: FinishInput, brokenStore: Lab['store']): Promise<void> => {
    const tries = attempts();
    const run = createFinishCall(bench.lab.deps({ store: brokenStore }));
    await expect(tries.next(() => run(input))).rejects.toThrow();
    await attempt(tries, input);
    expectOneCall();
    expect(bench.lab.sim.control.requests('voximplant.statistic.get')).toEqual([]);
  };

  it('for the connection could not be read is sent by the next attempt at once', async () => {
    await openLab();
    const input = finishInput((await registerDone()).result);
    const { store } = bench.lab;
    await expectNoDoubt(input, { ...store, connections: { ...store.connections, recent: away } });
  });

  it('for the budget of the portal could not be asked is sent by the next attempt at once', async () => {
    await openLab();
    const input = finishInput((await registerDone()).result);
    jest.spyOn(bench.lab.store.budget, 'take').mockImplementationOnce(away);
    await expectNoDoubt(input, bench.lab.store);
  });
});

describe('once the portal has cut it', () => {
  it('a call that is still open is finished, and waited for only once', async () => {
    await openLab();
    const input = finishInput((await registerDone()).result, { round: 1 });
    const tries = attempts();
    await waitOf(tries, input);
    sleptMs = 30_000;
    expect(await waitOf(tries, input)).toBeLessThanOrEqual(30_000);
    sleptMs = 60_001;
    await attempt(tries, input);
    expectOneCall();
  });

  it('a wait that begins at a wrong time of our clock ends all the same', async () => {
    await openLab();
    const input = finishInput((await registerDone()).result, { round: 1 });
    sleptMs = 2 * 3_600_000;
    const tries = attempts();
    await waitOf(tries, input);
    sleptMs = 0;
    expect(await waitOf(tries, input)).toBeLessThanOrEqual(60_000);
    sleptMs = 60_001;
    await attempt(tries, input);
    expectOneCall();
  });

  it('a call that the portal lost meanwhile is registered anew only then, and finished at once', async () => {
    await openLab();
    const input = finishInput((await registerDone()).result, { round: 1 });
    bench.lab.sim.control.state.openCalls = [];
    const tries = attempts();
    await waitOf(tries, input);
    expect(bench.lab.sim.control.openCalls).toEqual([]);
    sleptMs = 60_001;
    expect((await attempt(tries, input)).marks).toEqual(['registered-anew']);
    expectOneCall();
  });
});
