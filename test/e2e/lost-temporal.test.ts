import { Lab } from './lab';
import { LabTemporal } from './lab-temporal';

jest.setTimeout(240_000);

const registers = 'telephony.externalcall.register';

/** F20: the disaster after which only MongoDB, 3CX and Bitrix24 know anything. */
describe('a Temporal server that lost its database', () => {
  let lab: Lab;
  let temporal: LabTemporal;

  beforeEach(async () => {
    lab = await Lab.open();
    temporal = await LabTemporal.start(lab);
    await lab.start('api');
    await lab.start('worker');
    await lab.connect();
  });
  afterEach(async () => {
    await lab.close();
    await temporal.stop();
  });

  it('finishes what was open, holds what comes meanwhile, and repeats nothing', async () => {
    const done = await lab.placeCall();
    await lab.send('call-answered', done.answered);
    await lab.send('call-ended', done.ended);
    await lab.expectWholeOnce(done.callId, done.recordingId);
    // Of this one the end is never told: 3CX's call log is all that knows of it.
    const open = await lab.placeCall({ caller: '79035550011' }, { minutesAgo: 5 });
    await lab.send('call-answered', open.answered);
    await lab.callThat(open.callId, (view) => view.bitrix24CallId !== null, 'the call is registered');

    await temporal.kill();
    const meanwhile = await lab.placeCall({ caller: '79035550022' });
    expect(await lab.send('call-answered', meanwhile.answered)).toMatchObject({ body: { heldBy: 'inbox' } });
    expect(await lab.send('call-ended', meanwhile.ended)).toMatchObject({ body: { heldBy: 'inbox' } });
    await temporal.startAgain({ databaseLost: true });
    // Who lost a database starts everything again.
    for (const kind of ['worker', 'api'] as const) {
      await lab.processes.find((one) => one.kind === kind && one.running)!.stop();
      await lab.start(kind);
    }

    // A repeat of what Temporal has never heard of.
    expect(await lab.send('call-ended', done.ended)).toMatchObject({ status: 202 });
    await lab.settled(meanwhile.callId);
    // Unless the schedule, which was lost too and is there again, has done it by now.
    await lab.reconcile();
    for (const call of [open, meanwhile, done]) await lab.expectWholeOnce(call.callId, call.recordingId);
    expect(lab.portal.control.statistics).toHaveLength(3);
    expect(lab.portal.control.requests(registers)).toHaveLength(3);
  });
});
