import { createFinishCall } from '../../src/activities/finish-call';
import { createRegisterCall } from '../../src/activities/register-call';
import type { FinishInput, FinishResult, RegisterInput, RegisterResult } from '../../src/domain/call-steps';
import type { FaultKind } from '../../simulators/bitrix24';
import type { Attempts, AuthKind, Lab } from './portal-lab';
import { openView } from '../support/open-view';
import { attempts, LabDatabase, parameters, shortTimeoutMs } from './portal-lab';

/** Names under which the stand-in portal knows the two writes. */
export const registerMethod = 'telephony.externalcall.register';
export const finishMethod = 'telephony.externalcall.finish';

/** Everything that can happen to one request, and whether the portal executed it. */
export const mishaps: [FaultKind, string][] = [
  ['lose-answer', 'the answer is lost after the portal did it'],
  ['lose-request', 'the connection breaks before the portal did it'],
  ['reset', 'the connection is reset'],
  ['error-500', 'the portal reports a fault of its own'],
  ['html-502', 'a gateway answers with a page'],
  ['html-200', 'a page comes in the place of the answer'],
  ['half-json', 'half of the answer comes'],
  ['empty-body', 'an empty answer comes'],
  ['oversized', 'an endless answer comes'],
  ['redirect', 'the portal redirects'],
  ['rate-limited', 'the portal asks for fewer requests'],
  ['operating-limited', 'the run time is used up'],
  ['hang', 'no answer comes in time'],
];
/** For `hang`: longer than the client waits. */
export const hangs = { ms: shortTimeoutMs + 2_000 };

/** How attempts of a step went. */
export interface Done<T> {
  result: T;
  attempts: number;
  /** Waits that the failed attempts asked for. */
  delaysMs: (number | undefined)[];
  reasons: string[];
}

/** Registers the hooks of a test file that takes one call through register and finish, and gives the tools for it. */
// eslint-disable-next-line @typescript-eslint/explicit-module-boundary-types -- the type is the list below
export function useCallBench() {
  const databases = new LabDatabase();
  const bench = {} as { lab: Lab };
  beforeAll(() => databases.open());
  afterAll(() => databases.close());
  afterEach(() => bench.lab.close());

  const openLab = async (
    kind: AuthKind = 'webhook',
    options: Parameters<LabDatabase['lab']>[1] = {},
  ): Promise<void> => {
    bench.lab = await databases.lab(kind, options);
    bench.lab.sim.control.addContact({ phones: ['79991234567'] });
    await bench.lab.store.extensions.put(
      bench.lab.connection.id,
      { key: '101', value: { userId: 1269 }, origin: 'manual' },
      { id: 'tester' },
    );
  };

  const ref = (): { connection: string; callId: string; workflowId: string } => ({
    connection: bench.lab.connection.id,
    callId: 'call-1',
    workflowId: `call/${bench.lab.connection.id}/call-1`,
  });

  const registerInput = (patch: Partial<RegisterInput> = {}, minutesAgo = 0): RegisterInput => ({
    ...ref(),
    parameters: parameters(bench.lab, {}, minutesAgo),
    round: 0,
    fallbackUserId: 1,
    view: openView('call-1'),
    revision: 1,
    deliveryKeys: [],
    ...patch,
  });

  const finishInput = (registered: RegisterResult, patch: Partial<FinishInput> = {}): FinishInput => ({
    ...ref(),
    bitrix24CallId: registered.bitrix24CallId,
    round: 0,
    extension: '101',
    fallbackUserId: 1,
    registeredUserId: registered.userId,
    durationSeconds: 42,
    statusCode: '200',
    register: registerInput().parameters,
    view: openView('call-1', { state: 'finished' }),
    revision: 2,
    deliveryKeys: [],
    ...patch,
  });

  /** Attempts until one succeeds, as Temporal makes them; waits are noted instead of waited for. */
  async function untilDone<T>(
    run: (input: never) => Promise<T>,
    input: unknown,
    options: { each?: () => void; tries?: Attempts; most?: number } = {},
  ): Promise<Done<T>> {
    const tries = options.tries ?? attempts();
    const delaysMs: (number | undefined)[] = [];
    const reasons: string[] = [];
    for (let attempt = 1; attempt <= (options.most ?? 6); attempt++) {
      try {
        return { result: await tries.next(() => run(input as never)), attempts: attempt, delaysMs, reasons };
      } catch (error) {
        const failed = error as {
          nonRetryable?: boolean;
          nextRetryDelay?: number;
          details?: [{ reason: string }];
        };
        if (failed.nonRetryable !== false) throw error;
        delaysMs.push(failed.nextRetryDelay);
        reasons.push(failed.details![0].reason);
        await databases.letLimitsPass();
        options.each?.();
      }
    }
    throw new Error(`not done: ${reasons.join(', ')}`);
  }

  const registerDone = (input = registerInput(), options = {}): Promise<Done<RegisterResult>> =>
    untilDone(createRegisterCall(bench.lab.deps()), input, options);
  /** The wait for an earlier finish that may be at work is real time, and left out. */
  const finishDone = (input: FinishInput, options = {}): Promise<Done<FinishResult>> =>
    untilDone(createFinishCall(bench.lab.deps({ timeScale: 60_000 })), input, options);

  /** Whatever happened on the way, Bitrix24 holds the call once. */
  function expectOneCall(): void {
    const { statistics, activities, openCalls } = bench.lab.sim.control;
    expect(statistics).toHaveLength(1);
    expect(activities).toHaveLength(1);
    expect(openCalls).toHaveLength(0);
  }

  return {
    bench,
    openLab,
    ref,
    registerInput,
    finishInput,
    untilDone,
    registerDone,
    finishDone,
    expectOneCall,
  };
}
