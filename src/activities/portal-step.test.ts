import { MockActivityEnvironment } from '@temporalio/testing';
import type { Info } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { DefaultLogger } from '@temporalio/worker';
import { testConnection } from '../../test/support/test-connection';
import type { ActivityDependencies } from './dependencies';
import { portalStep } from './portal-step';

const startToCloseTimeoutMs = 75_000;
const burstMs = 600_000;
const hourMs = 3_600_000;

const store = {
  connections: { recent: () => Promise.resolve({ value: testConnection('https://pbx.example.com') }) },
} as unknown as ActivityDependencies['store'];

/** What Temporal answers to the question for the attempt that counts; undefined: it cannot be asked. */
let currentAttempt: number | undefined;
let questions: object[];
/** What our clock is ahead of Temporal's. */
let aheadMs: number;
const trueNow = Date.now.bind(Date);

beforeEach(() => {
  currentAttempt = 1;
  questions = [];
  aheadMs = 0;
  jest.spyOn(Date, 'now').mockImplementation(() => trueNow() + aheadMs);
});
afterEach(() => jest.restoreAllMocks());

const client = {
  withAbortSignal: (_signal: AbortSignal, run: () => unknown) => run(),
  workflowService: {
    describeWorkflowExecution: (question: object) => {
      questions.push(question);
      return currentAttempt === undefined
        ? Promise.reject(new Error('Temporal is away'))
        : Promise.resolve({ pendingActivities: [{ activityId: 'test', attempt: currentAttempt }] });
    },
  },
} as unknown as Client;

/** Runs an attempt of a step that began `burstAgoMs` ago and was due `dueAgoMs` ago. @returns how long it may write. */
async function timeToWrite({ dueAgoMs = 0, burstAgoMs = dueAgoMs, ...info }: Times = {}): Promise<number> {
  const nowMs = trueNow();
  const environment = new MockActivityEnvironment(
    {
      attempt: 1,
      startToCloseTimeoutMs,
      scheduleToCloseTimeoutMs: burstMs,
      scheduledTimestampMs: nowMs - burstAgoMs,
      currentAttemptScheduledTimestampMs: nowMs - dueAgoMs,
      ...info,
    },
    { client, logger: new DefaultLogger('ERROR') },
  );
  const call = { connection: 'office', callId: 'call-1', workflowId: 'call/office/call-1' };
  const step = (): Promise<number> =>
    portalStep({ store }, call, ({ notAfterMs }) => Promise.resolve(notAfterMs! - Date.now()));
  return environment.run(step) as Promise<number>;
}
type Times = Partial<Info> & { dueAgoMs?: number; burstAgoMs?: number };

const tooLate = { type: 'NotYet', details: [{ reason: 'attempt-too-late' }] };
const roughly = (ms: number): number => Math.round(ms / 1_000);

describe('an attempt may write', () => {
  it('for as long as Temporal lets it run, without a question', async () => {
    expect(roughly(await timeToWrite())).toBe(73);
    expect(questions).toEqual([]);
  });

  it('no longer than to the end of all attempts, which Temporal keeps while one runs', async () => {
    expect(roughly(await timeToWrite({ burstAgoMs: burstMs - 10_000 }))).toBe(8);
    expect(await timeToWrite({ burstAgoMs: burstMs - 1_000 })).toBeLessThan(0);
  });

  it('no longer than that where our clock is behind', async () => {
    aheadMs = -2 * hourMs;
    expect(roughly(await timeToWrite({ burstAgoMs: burstMs - 10_000 }))).toBe(8);
    expect(questions).toEqual([]);
  });
});

describe('an attempt that begins when its time is over', () => {
  const late = { dueAgoMs: startToCloseTimeoutMs + 1_000 };

  it('does nothing when another one has taken over: the worker was frozen with the task unread', async () => {
    currentAttempt = 2;
    await expect(timeToWrite(late)).rejects.toMatchObject(tooLate);
    expect(questions).toEqual([
      expect.objectContaining({
        namespace: 'test',
        execution: expect.objectContaining({ workflowId: 'test' }),
      }),
    ]);
  });

  it('does nothing when all attempts are over', async () => {
    currentAttempt = 7;
    await expect(timeToWrite({ dueAgoMs: 20_000, burstAgoMs: burstMs })).rejects.toMatchObject(tooLate);
  });

  it('does nothing when Temporal cannot be asked', async () => {
    currentAttempt = undefined;
    await expect(timeToWrite(late)).rejects.toMatchObject(tooLate);
  });

  it('goes on when it only waited for its turn', async () => {
    expect(roughly(await timeToWrite(late))).toBe(73);
  });

  it('goes on when it is our clock that is ahead, to the end of all attempts by the clock of Temporal', async () => {
    aheadMs = 2 * hourMs;
    expect(roughly(await timeToWrite())).toBe(73);
    expect(roughly(await timeToWrite({ burstAgoMs: burstMs - 10_000 }))).toBe(8);
  });
});
