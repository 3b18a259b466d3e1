import { randomUUID } from 'node:crypto';
import type { PassOnInput, PrepareInput } from '../../src/domain/call-steps';
import type { CallView } from '../../src/domain/call-view';
import { eventually } from '../support/eventually';
import type { Lab } from './harness';
import { event, failure, FakeWorld, openLab } from './harness';

let world: FakeWorld;
let lab: Lab;

beforeEach(async () => {
  world = new FakeWorld();
  lab = await openLab(world);
});
afterEach(() => lab.close());

const report = (extension: string): ReturnType<typeof event> =>
  event('call-report', { extension, callerNumber: '79991234567', durationSeconds: 60, status: 'answered' });

describe('a report of a call that something else tells too', () => {
  it('hands over what it was told while that call still waits, and writes nothing itself', async () => {
    world.replace.prepareCall = async () => ({
      outcome: 'merged',
      survivorCallId: 'real',
      survivorOpen: true,
    });
    const told = [report('201'), report('202')];
    const handle = await lab.send(`report-${randomUUID()}`, ...told);
    const view = (await handle.result()) as CallView;
    expect(view.marks).toEqual(['merged']);
    const passedOn = world.named('passOnEvent').map(({ input }) => input as PassOnInput);
    expect(passedOn.map(({ newCallId, event: one }) => [newCallId, one.deliveryKey])).toEqual(
      told.map(({ deliveryKey }) => ['real', deliveryKey]),
    );
    expect([world.registered, world.finished]).toEqual([[], []]);
  });

  it('hands over what it is told while it hands over, too', async () => {
    world.replace.prepareCall = async () => ({
      outcome: 'merged',
      survivorCallId: 'real',
      survivorOpen: true,
    });
    let goOn = (): void => undefined;
    world.replace.passOnEvent = async () => {
      await new Promise<void>((resolve) => (goOn = resolve));
      delete world.replace.passOnEvent;
    };
    const callId = randomUUID();
    const told = [event('call-ringing', { extension: '201' }), event('call-ended', { extension: '201' })];
    const handle = await lab.send(callId, told[0]!);
    await eventually(() => world.named('passOnEvent').length === 1, 'the first one is on its way');
    await lab.send(callId, told[1]!);
    goOn();
    await handle.result();
    const passedOn = world.named('passOnEvent').map(({ input }) => (input as PassOnInput).event.deliveryKey);
    expect(passedOn).toEqual(told.map(({ deliveryKey }) => deliveryKey));
  });

  it('hands over nothing once that call is finished', async () => {
    world.replace.prepareCall = async () => ({
      outcome: 'merged',
      survivorCallId: 'real',
      survivorOpen: false,
    });
    const handle = await lab.send(`report-${randomUUID()}`, report('201'));
    await handle.result();
    expect(world.named('passOnEvent')).toEqual([]);
  });
});

describe('a call whose number is told after its registration', () => {
  it('is claimed under the number at once while the portal still keeps the registration waiting', async () => {
    let answer = (): void => undefined;
    const usual = world.activities.registerCall;
    world.replace.registerCall = async (input) => {
      await new Promise<void>((resolve) => (answer = resolve));
      delete world.replace.registerCall;
      return usual(input);
    };
    const callId = randomUUID();
    await lab.send(callId, event('call-answered', { extension: '201', direction: 'inbound' }));
    await eventually(() => world.registered.length === 1, 'the portal is asked');
    const handle = await lab.send(callId, report('201'));
    await eventually(() => world.named('prepareCall').length === 2, 'the call is claimed');
    expect(world.named('prepareCall')[1]!.input).toMatchObject({
      callerNumber: '79991234567',
      callerTold: true,
      registered: true,
    });
    answer();
    expect(await handle.result()).toMatchObject({ state: 'finished', marks: ['anonymous'] });
    expect(world.finished).toHaveLength(1);
  });

  it('shows what still waits, and nothing of what was mended before it', async () => {
    const attention = async (): Promise<string | undefined> => (await lab.view(callId)).attention?.reason;
    const fails = (reason: string) => async (): Promise<never> => {
      throw failure('NeedsPerson', reason);
    };
    world.replace.registerCall = fails('register-unclear');
    const callId = randomUUID();
    await lab.send(callId, event('call-answered', { extension: '201', direction: 'inbound' }));
    await eventually(async () => (await attention()) === 'register-unclear', 'the registration waits');
    world.replace.prepareCall = fails('connection-missing');
    const handle = await lab.send(callId, report('201'));
    await eventually(() => world.named('prepareCall').length === 2, 'the claim fails, too');
    expect(await attention()).toBe('register-unclear');
    delete world.replace.registerCall;
    await handle.signal('retryCall');
    await eventually(async () => (await attention()) === 'connection-missing', 'the claim is what waits');
    delete world.replace.prepareCall;
    await handle.signal('retryCall');
    const view = (await handle.result()) as CallView;
    expect(view.state).toBe('finished');
    expect(view).not.toHaveProperty('attention');
  });

  it('is claimed under the number then', async () => {
    const callId = randomUUID();
    await lab.send(callId, event('call-ringing', { extension: '201', direction: 'inbound' }));
    await eventually(() => world.registered.length === 1, 'the call is registered');
    await lab.send(callId, event('call-answered', { extension: '201', callerNumber: '79991234567' }));
    const looks = (): PrepareInput[] => world.named('prepareCall').map(({ input }) => input as PrepareInput);
    await eventually(() => looks().length === 2, 'the call is looked up again');
    expect(looks().map(({ callerTold, registered }) => [callerTold, registered])).toEqual([
      [false, false],
      [true, true],
    ]);
  });
});
