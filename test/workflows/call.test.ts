import { randomUUID } from 'node:crypto';
import type { PassOnInput } from '../../src/domain/call-steps';
import type { CallView } from '../../src/domain/call-view';
import { eventually } from '../support/eventually';
import type { Lab } from './harness';
import { answered, callStart, ended, event, failure, FakeWorld, openLab } from './harness';

let world: FakeWorld;
let lab: Lab;

beforeEach(async () => {
  world = new FakeWorld();
  lab = await openLab(world);
});
let patient: Lab | null = null;
afterEach(async () => {
  await patient?.close();
  patient = null;
  await lab.close();
});
/** Another lab whose timers run at their true pace. */
const openPatientLab = async (): Promise<Lab> => (patient = await openLab(world, { timeScale: 1 }));

describe('a whole call', () => {
  it('is registered at the answer, finished at the end, and gets its recording', async () => {
    const callId = randomUUID();
    const handle = await lab.send(callId, answered());
    await eventually(() => world.registered.length === 1, 'the call is registered');
    expect(world.registered[0]!.parameters).toMatchObject({
      userId: 1201,
      phoneNumber: '79991234567',
      type: 2,
      callStartDate: '2026-11-24T09:00:00+03:00',
      show: true,
      lineNumber: '74951234567',
    });
    await lab.send(callId, ended());
    const view = (await handle.result()) as CallView;
    expect(world.finished).toHaveLength(1);
    expect(world.finished[0]).toMatchObject({ durationSeconds: 60, statusCode: '200', extension: '201' });
    expect(view).toMatchObject({
      state: 'finished',
      status: '200',
      userId: 1201,
      caller: '…67',
      recording: { state: 'attached', bytes: 100 },
    });
  });

  it('costs at most 11 Actions and 50 history events', async () => {
    const callId = randomUUID();
    await lab.send(callId, answered());
    await eventually(() => world.registered.length === 1, 'the call is registered');
    const handle = await lab.send(callId, ended());
    await handle.result();
    const { events } = await handle.fetchHistory();
    const names = (events ?? []).map((one) =>
      Object.keys(one).find((key) => key.endsWith('EventAttributes')),
    );
    const count = (name: string): number =>
      names.filter((known) => known === `${name}EventAttributes`).length;
    // One signalWithStart is one Action; so is each further signal, activity, timer and upsert.
    const actions =
      count('workflowExecutionSignaled') +
      count('activityTaskScheduled') +
      count('timerStarted') +
      count('upsertWorkflowSearchAttributes');
    expect(names.length).toBeLessThanOrEqual(50);
    expect(actions).toBeLessThanOrEqual(11);
  });

  it('opens the card although the end came right behind the answer, but not for an answer of long ago', async () => {
    const justNow = await lab.send(randomUUID(), answered(), ended());
    await justNow.result();
    const longAgo = { ...answered(), receivedAt: new Date(Date.now() - 120_000).toISOString() };
    const late = await lab.send(randomUUID(), longAgo, ended());
    await late.result();
    expect(world.registered.map((input) => input.parameters.show)).toEqual([true, false]);
  });

  it('is whole when only its end was told', async () => {
    const callId = randomUUID();
    const handle = await lab.send(
      callId,
      event('call-ended', { callerNumber: '79991234567', status: 'missed' }),
    );
    await handle.result();
    expect(world.registered[0]!.parameters).toMatchObject({ userId: 1, show: false, type: 2 });
    expect(world.finished[0]).toMatchObject({ durationSeconds: 0, statusCode: '304' });
    expect(world.recordings).toHaveLength(0);
  });

  it('waits for facts that come after the end', async () => {
    const callId = randomUUID();
    const patientLab = await openPatientLab();
    await patientLab.send(callId, event('call-ended', { durationSeconds: 60, status: 'answered' }));
    const handle = await patientLab.send(callId, answered('202'));
    await handle.result();
    expect(world.registered[0]!.parameters).toMatchObject({ userId: 1202, lineNumber: '74951234567' });
    expect(world.finished[0]).toMatchObject({ extension: '202' });
  });

  it('takes a repeated event for no news', async () => {
    const callId = randomUUID();
    const first = answered();
    const last = ended();
    const handle = await lab.send(callId, first, first, last, first, last);
    const view = (await handle.result()) as CallView;
    expect(view.events).toHaveLength(2);
    expect(view.marks).toEqual([]);
    expect(world.registered).toHaveLength(1);
    expect(world.finished).toHaveLength(1);
  });

  it('is finished for the person it was transferred to, and the card follows', async () => {
    const callId = randomUUID();
    await lab.send(callId, answered('201'));
    await eventually(() => world.registered.length === 1, 'the call is registered');
    await lab.send(callId, event('call-transferred', { extension: '201', toExtension: '202' }));
    await eventually(() => world.named('updateCards').length === 1, 'the card moves');
    expect(world.named('updateCards')[0]!.input).toMatchObject({ show: [1202], hide: [1201] });
    const handle = await lab.send(callId, ended('202'));
    await handle.result();
    expect(world.finished[0]).toMatchObject({ extension: '202' });
    expect(world.recordings[0]!.extensions).toEqual(['201', '202']);
  });

  it('belongs to who talked last when every leg tells an end of its own', async () => {
    const callId = randomUUID();
    const patientLab = await openPatientLab();
    const missed = { ...callStart, extension: '201', status: 'missed', endedAt: '2026-11-24T09:00:09+03:00' };
    const handle = await patientLab.send(callId, event('call-ended', missed as never));
    const waits = async (): Promise<boolean> =>
      ((await handle.fetchHistory()).events ?? []).filter((one) => one.timerStartedEventAttributes != null)
        .length === 1;
    await eventually(waits, 'the end waits for what may still be told');
    await patientLab.send(callId, ended('202'));
    await handle.result();
    expect(world.finished).toMatchObject([{ extension: '202', durationSeconds: 60, statusCode: '200' }]);
  });

  it('is never registered for a queue', async () => {
    const callId = randomUUID();
    await lab.send(callId, event('call-answered', { ...callStart, extension: '800' }));
    await eventually(() => world.named('prepareCall').length === 1, 'the queue is looked up');
    const handle = await lab.send(callId, answered('201'), ended('201'));
    await handle.result();
    expect(world.registered.map((input) => input.parameters.userId)).toEqual([1201]);
  });

  it('is left out when it is internal', async () => {
    const handle = await lab.send(
      randomUUID(),
      event('call-answered', { ...callStart, direction: 'internal', extension: '201' }),
    );
    const view = (await handle.result()) as CallView;
    expect(view.marks).toContain('internal');
    expect(world.registered).toHaveLength(0);
    expect(world.saved).toHaveLength(1);
  });

  it('is finished with what is known when its end never comes', async () => {
    world.rules = { ...world.rules, maxCallHours: 0.01 };
    const handle = await lab.send(randomUUID(), answered());
    const view = (await handle.result()) as CallView;
    expect(view.marks).toContain('end-not-told');
    expect(world.finished).toHaveLength(1);
  });

  it('registers an anonymous caller under the number of the rules and creates nothing in the CRM', async () => {
    const handle = await lab.send(
      randomUUID(),
      event('call-answered', { ...callStart, callerNumber: '', extension: '201' }),
      ended(),
    );
    const view = (await handle.result()) as CallView;
    expect(world.registered[0]!.parameters).toMatchObject({ phoneNumber: '000', crmCreate: false });
    expect(view.marks).toContain('anonymous');
  });

  it('hands events of another call under the same reused id to the inbox', async () => {
    const callId = String(Math.floor(Math.random() * 1e6));
    await lab.send(callId, answered());
    const tomorrow = event('call-answered', {
      ...callStart,
      startedAt: '2026-11-25T12:00:00+03:00',
      answeredAt: '2026-11-25T12:00:05+03:00',
      extension: '202',
    });
    await lab.send(callId, tomorrow);
    await eventually(() => world.named('passOnEvent').length === 1, 'the event is passed on');
    expect(world.named('passOnEvent')[0]!.input).toMatchObject({
      newCallId: `${callId}~${Date.parse('2026-11-25T12:00:00+03:00') / 1000}`,
    });
    const handle = await lab.send(callId, ended());
    await handle.result();
    expect(world.finished[0]).toMatchObject({ extension: '201' });
  });
});

describe('an id that the PBX gave out again', () => {
  it('goes on as a call of its own at once while the earlier one still waits for its recording', async () => {
    let found = false;
    world.replace.attachRecording = async () => {
      if (!found) throw failure('Refused', 'row-missing');
      return { state: 'attached', bytes: 1, parts: 1, saved: true };
    };
    const callId = String(Math.floor(Math.random() * 1e6));
    const handle = await lab.send(callId, answered(), ended());
    await eventually(
      async () => (await lab.view(callId)).state === 'finished',
      'the earlier call is finished',
    );
    await lab.send(
      callId,
      event('call-ringing', { startedAt: '2026-11-26T12:00:00+03:00', extension: '202' }),
    );
    await eventually(() => world.named('passOnEvent').length === 1, 'the event is passed on');
    expect(await lab.view(callId)).toMatchObject({ state: 'finished', recording: { state: 'waiting' } });
    found = true;
    await handle.signal('retryCall');
    await handle.result();
    expect(world.named('passOnEvent')).toHaveLength(1);
    expect(world.recordings.at(-1)?.ordered).toBe(true);
  });

  it('is not believed of a recording that is announced long after, without a word on its call', async () => {
    world.replace.attachRecording = async ({ recordingId }) => {
      if (recordingId === null) throw failure('NotYet', 'not-there');
      return { state: 'attached', bytes: 9, parts: 1, saved: true };
    };
    const callId = `${Date.now()}`;
    const handle = await lab.send(callId, answered(), ended());
    await eventually(() => world.recordings.length > 0, 'the first look');
    await lab.send(callId, event('recording-ready', { recordingId: '55' }));
    expect(await handle.result()).toMatchObject({ recording: { state: 'attached' } });
    expect(world.named('passOnEvent')).toEqual([]);
  });

  it('is looked up with the word that nothing but a recording was announced', async () => {
    world.replace.prepareCall = async () => ({ outcome: 'handled' });
    await (await lab.send(`${Date.now()}`, event('recording-ready', { recordingId: '55' }))).result();
    expect(world.named('prepareCall')[0]!.input).toMatchObject({ first: true, onlyAnnounced: true });
  });

  it('is looked up again when the call itself was told while the look-up had its trouble', async () => {
    const patientLab = await openPatientLab();
    let looks = 0;
    world.replace.prepareCall = async ({ onlyAnnounced }) => {
      if (++looks <= 3) throw failure('NotYet', 'store-unreachable');
      return { outcome: onlyAnnounced === true ? 'handled' : 'reused-id' };
    };
    const callId = `${Date.now()}`;
    await patientLab.send(callId, event('recording-ready', { recordingId: '55' }));
    await eventually(() => looks === 3, 'the next look waits on a timer');
    const justNow = { ...ended(), endedAt: new Date().toISOString() };
    await (await patientLab.send(callId, justNow)).result();
    const passedOn = world.named('passOnEvent').map(({ input }) => (input as PassOnInput).event.event);
    expect(passedOn).toEqual(['recording-ready', 'call-ended']);
  });

  it('is left to the call that the ledger knows; the events go on to a call of their own', async () => {
    world.replace.prepareCall = async () => ({ outcome: 'reused-id' });
    const callId = String(Math.floor(Math.random() * 1e6));
    const handle = await lab.send(callId, answered(), ended());
    expect((await handle.result()) as CallView).toMatchObject({ state: 'finished', marks: ['reused-id'] });
    const passedOn = world
      .named('passOnEvent')
      .map((step) => (step.input as { newCallId: string }).newCallId);
    expect(passedOn).toHaveLength(2);
    expect(passedOn.every((id) => id.startsWith(`${callId}~`))).toBe(true);
    expect(world.registered).toHaveLength(0);
    expect(world.saved).toHaveLength(0);
  });
});

describe('a signal that is no event', () => {
  it('is marked and does not block the call', async () => {
    const callId = randomUUID();
    await lab.send(callId, answered());
    const handle = await lab.send(callId, { badPayload: 'not-encrypted' } as never, null as never, ended());
    const view = (await handle.result()) as CallView;
    expect(view.marks).toContain('bad-payload');
    expect(world.finished).toHaveLength(1);
  });
});

describe('the recording', () => {
  it('is looked for anew as soon as it is announced', async () => {
    const seen: (string | null)[] = [];
    world.replace.attachRecording = async (input) => {
      seen.push(input.recordingId);
      if (input.recordingId === null) throw failure('NotYet', 'not-there');
      return { state: 'attached', bytes: 9, parts: 1, saved: true };
    };
    const callId = randomUUID();
    const handle = await lab.send(callId, answered(), ended());
    await eventually(() => seen.length > 0, 'the first look');
    await lab.send(callId, event('recording-ready', { recordingId: '55' }));
    expect(await handle.result()).toMatchObject({ recording: { state: 'attached', bytes: 9 } });
    expect(seen.at(-1)).toBe('55');
  });
});

describe('a workflow that an operator cancels', () => {
  it('ends its waits but finishes what was registered', async () => {
    const handle = await lab.send(randomUUID(), answered());
    await eventually(() => world.registered.length === 1, 'the call is registered');
    await handle.cancel();
    const view = (await handle.result()) as CallView;
    expect(world.finished).toHaveLength(1);
    expect(view).toMatchObject({ state: 'finished', marks: ['cancelled'] });
  });

  it('stops waiting for a recording', async () => {
    world.replace.attachRecording = async () => {
      throw failure('NotYet', 'not-there');
    };
    const handle = await lab.send(randomUUID(), answered(), ended());
    await eventually(() => world.recordings.length > 0, 'the first look');
    await handle.cancel();
    expect(await handle.result()).toMatchObject({
      state: 'finished',
      recording: { state: 'unavailable', reason: 'cancelled' },
    });
  });
});

describe('an event that arrives while the call is being closed', () => {
  it('is saved as late', async () => {
    const callId = randomUUID();
    let late: (() => void) | undefined;
    const arrived = new Promise<void>((resolve) => (late = resolve));
    world.replace.saveCall = async () => arrived;
    world.replace.attachRecording = async () => ({ state: 'attached', bytes: 5, parts: 1, saved: false });
    const handle = await lab.send(callId, answered(), ended());
    await eventually(() => world.saved.length === 1, 'the last save is under way');
    await lab.send(callId, event('call-ended', { status: 'busy' }));
    late!();
    const view = (await handle.result()) as CallView;
    expect(view).toMatchObject({ status: '200', marks: ['late-event'] });
    expect(world.saved.at(-1)!.view.marks).toEqual(['late-event']);
  });
});
