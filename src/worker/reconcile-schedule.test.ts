import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { rulesSchema } from '../domain/connection';
import type { Rules } from '../domain/connection';
import { temporalAddress } from '../../test/support/servers';
import { createReconciler } from './reconcile-runs';
import { dropReconcileSchedule, keepReconcileSchedule, reconcileIdFor } from './reconcile-schedule';
import type { ScheduleTarget } from './reconcile-schedule';

let target: ScheduleTarget;
let id: string;

beforeAll(async () => {
  const client = new Client({ connection: await Connection.connect({ address: temporalAddress() }) });
  target = { client, taskQueue: 'nobody-listens', timeScale: 1 };
});
afterAll(() => target.client.connection.close());
beforeEach(() => {
  id = `c${randomUUID().slice(0, 8)}`;
});
afterEach(() => dropReconcileSchedule(target.client, id));

const rules = (reconcileMinutes: number): Rules => rulesSchema.parse({ fallbackUserId: 1, reconcileMinutes });
const described = () => target.client.schedule.getHandle(reconcileIdFor(id)).describe();

describe('the schedule of a connection', () => {
  it('starts the look as often as the rule says, one at a time, and makes up for nothing', async () => {
    await keepReconcileSchedule(target, { id, rules: rules(10) });
    const { spec, policies, action } = await described();
    expect(spec.intervals).toEqual([expect.objectContaining({ every: 600_000 })]);
    expect(policies).toMatchObject({ overlap: 'SKIP', catchupWindow: 60_000 });
    expect(action).toMatchObject({ workflowType: 'reconcile', workflowId: reconcileIdFor(id) });
  });

  it('is brought up to date when it exists, and stays paused when somebody paused it', async () => {
    await keepReconcileSchedule(target, { id, rules: rules(10) });
    await target.client.schedule.getHandle(reconcileIdFor(id)).pause('by hand');
    await keepReconcileSchedule(target, { id, rules: rules(5) });
    const { spec, state } = await described();
    expect(spec.intervals).toEqual([expect.objectContaining({ every: 300_000 })]);
    expect(state.paused).toBe(true);
  });

  it('runs faster where time does', async () => {
    await keepReconcileSchedule({ ...target, timeScale: 20 }, { id, rules: rules(10) });
    expect((await described()).spec.intervals).toEqual([expect.objectContaining({ every: 30_000 })]);
  });

  it('can be removed twice', async () => {
    await keepReconcileSchedule(target, { id, rules: rules(10) });
    await dropReconcileSchedule(target.client, id);
    await dropReconcileSchedule(target.client, id);
    await expect(described()).rejects.toThrow();
  });
});

it('answers with the workflow when a look is not done in time, and two who ask at once share it', async () => {
  const reconciler = createReconciler(target);
  const asked = await Promise.all([reconciler.run(id, 500), reconciler.run(id, 500)]);
  expect(asked).toEqual([{ workflowId: reconcileIdFor(id) }, { workflowId: reconcileIdFor(id) }]);
  await target.client.workflow.getHandle(reconcileIdFor(id)).terminate();
});
