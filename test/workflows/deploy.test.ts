import path from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { eventually } from '../support/eventually';
import type { Lab } from './harness';
import { answered, ended, event, FakeWorld, openLab, todaysWorkflows } from './harness';

jest.setTimeout(180_000);

const nextVersion = path.join(__dirname, 'next-version');
/** Sleeps where today's workflow looks a call up. */
const incompatible = path.join(__dirname, '../histories/incompatible');

describe('calls that are open while workers are replaced by another build', () => {
  let world: FakeWorld;
  let lab: Lab;

  beforeEach(async () => {
    world = new FakeWorld();
    lab = await openLab(world);
  });
  afterEach(() => lab.close());

  /** Opens calls and waits until each is registered. */
  async function openCalls(count: number): Promise<WorkflowHandle[]> {
    const handles: WorkflowHandle[] = [];
    for (let index = 0; index < count; index += 1) handles.push(await lab.send(`call-${index}`, answered()));
    await eventually(() => world.registered.length === count, 'every call is registered', 60_000);
    return handles;
  }

  async function endAll(handles: readonly WorkflowHandle[]): Promise<void> {
    for (const [index] of handles.entries()) await lab.send(`call-${index}`, ended());
  }

  function timesEach(inputs: readonly { callId: string }[]): number[] {
    const counts = new Map<string, number>();
    for (const { callId } of inputs) counts.set(callId, (counts.get(callId) ?? 0) + 1);
    return [...new Set(counts.values())];
  }

  it('all 200 finish once under a changed workflow behind patched(), and no task of theirs fails', async () => {
    const handles = await openCalls(200);
    await lab.deploy(nextVersion);
    // One that is new takes the new way from its first step.
    const young = await lab.send('young', answered());
    await eventually(() => world.registered.length === 201, 'the new call is registered');
    await endAll(handles);
    await lab.send('young', ended());

    const views = await Promise.all([...handles, young].map((one) => one.result() as Promise<unknown>));
    expect(views).toHaveLength(201);
    for (const view of views)
      expect(view).toMatchObject({ state: 'finished', recording: { state: 'attached' } });
    expect(world.registered).toHaveLength(201);
    expect(timesEach(world.finished)).toEqual([1]);
    expect(timesEach(world.recordings)).toEqual([1]);
    expect(await patchesOf(handles[7]!)).toEqual(['ends-otherwise']);
    expect(await patchesOf(young)).toEqual(['starts-otherwise', 'ends-otherwise']);
    for (const one of [...handles.slice(0, 20), young]) expect(await failedTasksOf(one)).toBe(0);
  });

  it('wait under a build that does not fit, and go on once the old one is back', async () => {
    const handles = await openCalls(3);
    await lab.deploy(incompatible);
    await endAll(handles);
    await eventually(
      async () => (await Promise.all(handles.map(failedTasksOf))).every((failed) => failed > 0),
      'the build is found out by every call',
      60_000,
    );
    expect(world.finished).toEqual([]);

    await lab.deploy(todaysWorkflows);
    // Something new to hear, so that nobody waits for the server's next try.
    for (const [index] of handles.entries()) await lab.send(`call-${index}`, event('recording-ready'));
    for (const one of handles) expect(await one.result()).toMatchObject({ state: 'finished' });
    expect(timesEach(world.finished)).toEqual([1]);
  });

  async function failedTasksOf(handle: WorkflowHandle): Promise<number> {
    const { events } = await handle.fetchHistory();
    return (events ?? []).filter(({ workflowTaskFailedEventAttributes: failed }) => failed != null).length;
  }

  async function patchesOf(handle: WorkflowHandle): Promise<string[]> {
    const { events } = await handle.fetchHistory();
    return (events ?? []).flatMap(({ markerRecordedEventAttributes: marker }) => {
      const data = marker?.details?.['patch-data']?.payloads?.[0]?.data;
      return data == null ? [] : [(JSON.parse(Buffer.from(data).toString()) as { id: string }).id];
    });
  }
});
