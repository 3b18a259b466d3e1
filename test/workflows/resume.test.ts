import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { CallView } from '../../src/domain/call-view';
import type { CallActivities, ResumedCall } from '../../src/domain/call-steps';
import { notListedYet } from '../../src/domain/reconcile-steps';
import type { Lab } from './harness';
import { event, FakeWorld, openLab } from './harness';

let world: FakeWorld;
let lab: Lab;

beforeEach(async () => {
  world = new FakeWorld();
  lab = await openLab(world);
});
afterEach(() => lab.close());

const whole = (): ReturnType<typeof event> =>
  event('call-ended', {
    source: 'call-log',
    callerNumber: '79991234567',
    direction: 'inbound',
    did: '74951234567',
    extension: '201',
    startedAt: '2026-11-24T06:00:00Z',
    answeredAt: '2026-11-24T06:00:10Z',
    endedAt: '2026-11-24T06:01:10Z',
    durationSeconds: 60,
    status: 'answered',
  });

const left: ResumedCall = {
  bitrix24CallId: 'externalCall.before',
  userId: 1201,
  startedAt: '2026-11-24T09:00:00+03:00',
  revision: 7_000_003,
  marks: ['unmapped-extension'],
};

describe('a call whose earlier run was gone before it was done', () => {
  it('is finished under the CALL_ID it has, after a look, and never registered again', async () => {
    world.alsoResolved = { resume: left };
    const handle = await lab.send(randomUUID(), whole());
    expect(await handle.result()).toMatchObject({
      bitrix24CallId: 'externalCall.before',
      status: '200',
      startedAt: left.startedAt,
      recording: { state: 'attached' },
    });
    expect(world.registered).toEqual([]);
    expect(world.finished).toHaveLength(1);
    expect(world.finished[0]).toMatchObject({ bitrix24CallId: 'externalCall.before', round: 1 });
    expect(world.finished[0]!.register).toMatchObject({ callStartDate: left.startedAt, userId: 1201 });
  });

  it('writes the ledger over what the earlier run wrote', async () => {
    world.alsoResolved = { resume: left };
    await (await lab.send(randomUUID(), whole())).result();
    expect(world.finished[0]!.revision).toBeGreaterThan(left.revision);
  });

  it('is registered after a look when the earlier run was stopped in the middle of that', async () => {
    world.alsoResolved = { resume: { ...left, bitrix24CallId: null } };
    await (await lab.send(randomUUID(), whole())).result();
    expect(world.registered).toHaveLength(1);
    expect(world.registered[0]).toMatchObject({
      round: 1,
      parameters: { callStartDate: left.startedAt, show: false },
    });
  });
});

describe('a call that ended with something untold', () => {
  const bare = (): ReturnType<typeof event> =>
    event('call-ended', { callerNumber: '79991234567', direction: 'inbound', durationSeconds: 60 });

  beforeEach(() => {
    world.alsoResolved = { callLog: true };
  });

  it('asks the call log once for just that, and is written with it', async () => {
    world.callLogKnows = async () =>
      event('call-ended', {
        source: 'call-log',
        did: '74951234567',
        extension: '202',
        durationSeconds: 60,
        status: 'answered',
      });
    const view = (await (await lab.send(randomUUID(), bare())).result()) as CallView;
    expect(world.askedCallLog.map(({ missing }) => missing)).toEqual([['did', 'extension']]);
    expect(view).toMatchObject({ extension: '202', userId: 1202, did: '74951234567' });
    expect(view.lineNumber).toBe('74951234567');
    expect(view.marks).toEqual([]);
  });

  it('is written all the same, soon, when the call log fails, knows nothing, or hangs', async () => {
    const named = { ...bare(), extension: '202' };
    const hung: (() => void)[] = [];
    for (const knows of [
      async () => Promise.reject(new Error('away')),
      async () => null,
      () => new Promise<null>((resolve) => hung.push(() => resolve(null))),
    ]) {
      world.callLogKnows = knows;
      const startedMs = performance.now();
      expect(await (await lab.send(randomUUID(), named)).result()).toMatchObject({ state: 'finished' });
      expect(performance.now() - startedMs).toBeLessThan(20_000);
    }
    for (const release of hung) release();
    // Three looks at one that is away, one at one that knows nothing.
    expect(world.askedCallLog.length).toBeGreaterThanOrEqual(5);
  });

  it('asks again when the call log was away for a moment', async () => {
    const answers = [null, event('call-ended', { source: 'call-log', extension: '202', did: '74951234567' })];
    world.callLogKnows = async () => {
      const answer = answers.shift();
      return answer ?? Promise.reject(new Error('away'));
    };
    const view = await (await lab.send(randomUUID(), bare())).result();
    expect(view).toMatchObject({ extension: '202', did: '74951234567' });
    expect(world.askedCallLog).toHaveLength(2);
  });

  const notListed = ApplicationFailure.create({ type: 'NotYet', details: [{ reason: notListedYet }] });

  it.each([
    ['does not answer for minutes', new Error('away'), 12],
    ['lists the call late', notListed, 6],
  ])('is held back for the person when 3CX %s', async (_, failure, failures) => {
    world.callLogKnows = async () => {
      if (world.askedCallLog.length <= failures) throw failure;
      return event('call-ended', { source: 'call-log', extension: '202', did: '74951234567' });
    };
    const handle = await lab.send(randomUUID(), bare());
    await expect(handle.result()).resolves.toMatchObject({ extension: '202', userId: 1202 });
    expect(world.askedCallLog).toHaveLength(failures + 1);
    expect(world.registered).toMatchObject([{ parameters: { userId: 1202 } }]);
  });

  it('is held back no longer once an event names the person', async () => {
    const callId = randomUUID();
    world.callLogKnows = async () => {
      if (world.askedCallLog.length === 3)
        await lab.send(callId, event('call-answered', { extension: '202', did: '74951234567' }));
      throw new Error('away');
    };
    const handle = await lab.send(callId, bare());
    await expect(handle.result()).resolves.toMatchObject({ extension: '202', userId: 1202 });
    expect(world.askedCallLog).toHaveLength(3);
  });

  it('is not held back for ever', async () => {
    world.callLogKnows = async () => Promise.reject(new Error('away'));
    const handle = await lab.send(randomUUID(), bare());
    await expect(handle.result()).resolves.toMatchObject({ state: 'finished', userId: 1 });
    expect(world.askedCallLog).toHaveLength(15);
  });

  it('is not held back for a line alone', async () => {
    world.callLogKnows = async () => Promise.reject(new Error('away'));
    const handle = await lab.send(randomUUID(), { ...bare(), extension: '202' });
    await expect(handle.result()).resolves.toMatchObject({ extension: '202', did: null });
    expect(world.askedCallLog).toHaveLength(3);
  });

  it('does not ask when everything was told, or when there is no call log', async () => {
    await (await lab.send(randomUUID(), whole())).result();
    world.alsoResolved = {};
    await (await lab.send(randomUUID(), bare())).result();
    expect(world.askedCallLog).toEqual([]);
  });
});

describe('a call that an operator resets', () => {
  /** Resets the call to the task that began this step, and waits for its new end. */
  const resetTo = async (handle: WorkflowHandle, step: keyof CallActivities): Promise<void> => {
    await handle.result();
    const { runId } = await handle.describe();
    const { events } = await handle.fetchHistory();
    const scheduled = events!.findIndex(
      ({ activityTaskScheduledEventAttributes: activity }) => activity?.activityType?.name === step,
    );
    const task = events!
      .slice(0, scheduled)
      .findLast((one) => one.workflowTaskCompletedEventAttributes != null);
    await lab.client.workflowService.resetWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId: handle.workflowId, runId },
      workflowTaskFinishEventId: task!.eventId,
      requestId: randomUUID(),
      reason: 'a test',
    });
    await lab.client.workflow.getHandle(handle.workflowId).result();
  };

  it('does not take its look for a recording for the first one', async () => {
    const handle = await lab.send(randomUUID(), whole());
    await resetTo(handle, 'attachRecording');
    expect(world.recordings).toMatchObject([{ first: true }, {}]);
    expect(world.recordings[1]).not.toHaveProperty('first');
  });

  it('looks before it registers or finishes, for the run before may have done it', async () => {
    const handle = await lab.send(randomUUID(), whole());
    await resetTo(handle, 'registerCall');
    expect(world.registered.map(({ round }) => round)).toEqual([0, 1]);
    expect(world.finished.map(({ round }) => round)).toEqual([0, 1]);
  });
});
