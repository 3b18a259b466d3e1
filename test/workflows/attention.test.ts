import { randomUUID } from 'node:crypto';
import type { CallView } from '../../src/domain/call-view';
import { eventually } from '../support/eventually';
import type { Lab } from './harness';
import { answered, ended, failure, FakeWorld, openLab } from './harness';

let world: FakeWorld;
let lab: Lab;

beforeEach(async () => {
  world = new FakeWorld();
  lab = await openLab(world);
});
afterEach(() => lab.close());

describe('a step that fails', () => {
  it('puts the call into attention with reason and mend, and goes on after a retry order', async () => {
    let broken = true;
    world.replace.registerCall = async (input) => {
      if (broken) throw failure('Refused', 'unsupported-number');
      return {
        bitrix24CallId: 'x',
        userId: input.parameters.userId,
        marks: [],
        alreadyFinished: false,
        saved: true,
      };
    };
    const callId = randomUUID();
    const handle = await lab.send(callId, answered(), ended());
    await eventually(
      async () => (await lab.view(callId)).state === 'attention',
      'the call asks for attention',
    );
    expect((await lab.view(callId)).attention).toMatchObject({
      reason: 'unsupported-number',
      mend: 'mend it',
    });
    expect(world.saved.some((save) => save.view.state === 'attention')).toBe(true);
    broken = false;
    await handle.signal('retryCall');
    const view = (await handle.result()) as CallView;
    expect(view).toMatchObject({ state: 'finished', bitrix24CallId: 'x' });
    // Such a try goes out even while the portal is known to refuse the credentials.
    expect(world.registered.map((input) => input.ordered)).toEqual([undefined, true]);
    expect(world.finished[0]?.ordered).toBeUndefined();
    expect(view.attention).toBeUndefined();
  });

  it('goes on by itself when the authorisation was lost and is mended', async () => {
    let tries = 0;
    world.replace.finishCall = async (input) => {
      tries += 1;
      if (tries < 3) throw failure('AuthorisationLost', 'wrong-auth-type');
      return {
        bitrix24CallId: input.bitrix24CallId,
        userId: 1201,
        statisticsId: null,
        activityId: null,
        marks: [],
        saved: true,
      };
    };
    const handle = await lab.send(randomUUID(), answered(), ended());
    expect(await handle.result()).toMatchObject({ state: 'finished' });
    expect(tries).toBe(3);
  });

  it('gives up in the open after the days of attention', async () => {
    world.rules = { ...world.rules, attentionDays: 0.0005 };
    world.replace.registerCall = async () => {
      throw failure('NeedsPerson', 'statistics-right-missing');
    };
    const handle = await lab.send(randomUUID(), answered(), ended());
    const view = (await handle.result()) as CallView;
    expect(view.state).toBe('attention');
    expect(view.attention).toMatchObject({ reason: 'statistics-right-missing' });
    expect(world.saved.at(-1)).toMatchObject({ closed: true, view: { state: 'attention' } });
  });

  it('saves the call by a step of its own when the ledger could not be written in passing', async () => {
    world.replace.attachRecording = async () => ({ state: 'attached', bytes: 5, parts: 1, saved: false });
    const handle = await lab.send(randomUUID(), answered(), ended());
    await handle.result();
    expect(world.saved.at(-1)).toMatchObject({
      closed: true,
      view: { recording: { state: 'attached', bytes: 5 } },
    });
  });
});

describe('a finished call whose recording needs a person', () => {
  it('stays finished and says why', async () => {
    world.replace.attachRecording = async () => {
      throw failure('AuthorisationLost', 'threecx-secret-refused');
    };
    const callId = randomUUID();
    const handle = await lab.send(callId, answered(), ended());
    await eventually(async () => (await lab.view(callId)).attention !== undefined, 'attention');
    expect(await lab.view(callId)).toMatchObject({
      state: 'finished',
      recording: { state: 'waiting', reason: 'threecx-secret-refused' },
      attention: { reason: 'threecx-secret-refused', mend: 'mend it' },
    });
    world.replace = {};
    await handle.signal('retryCall');
    expect(await handle.result()).toMatchObject({ recording: { state: 'attached' } });
  });
});
