import { eventually } from '../support/eventually';
import { Lab } from './lab';
import { LabTemporal } from './lab-temporal';

jest.setTimeout(180_000);

const register = 'telephony.externalcall.register';

describe('a process killed in mid-call', () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await Lab.open();
    await lab.start('api');
  });
  afterEach(() => lab.close());

  it('loses nothing when it is the worker between register and end', async () => {
    const worker = await lab.start('worker');
    await lab.connect();
    const call = await lab.placeCall();
    await lab.send('call-answered', call.answered);
    await lab.callThat(call.callId, (view) => view.bitrix24CallId !== null, 'the call is registered');
    await worker.stop('SIGKILL');
    expect(await lab.send('call-ended', call.ended)).toMatchObject({ status: 202 });
    await lab.start('worker');
    await lab.expectWholeOnce(call.callId, call.recordingId);
    expect(lab.portal.control.requestCount(register)).toBe(1);
  });

  it('registers once when it is the worker after the portal has done it and before it could tell', async () => {
    const worker = await lab.start('worker');
    await lab.connect();
    const barrier = lab.portal.control.faults.barrier({ method: register, when: 'after' });
    const call = await lab.placeCall();
    await lab.send('call-answered', call.answered);
    await barrier.held;
    await worker.stop('SIGKILL');
    barrier.release();
    await lab.send('call-ended', call.ended);
    await lab.start('worker');
    await lab.expectWholeOnce(call.callId, call.recordingId);
  });

  it('attaches the recording once when it is the worker in the middle of the upload', async () => {
    const worker = await lab.start('worker');
    await lab.connect();
    const barrier = lab.portal.control.faults.barrier({ method: 'upload' });
    const call = await lab.placeCall();
    await lab.send('call-answered', call.answered);
    await lab.send('call-ended', call.ended);
    await barrier.held;
    await worker.stop('SIGKILL');
    barrier.release();
    await lab.start('worker');
    await lab.expectWholeOnce(call.callId, call.recordingId);
  });

  it('loses nothing when it is the API right after its 202', async () => {
    await lab.start('worker');
    await lab.connect();
    const api = lab.processes.find((one) => one.kind === 'api')!;
    const call = await lab.placeCall();
    expect(await lab.send('call-answered', call.answered)).toMatchObject({ status: 202 });
    expect(await lab.send('call-ended', call.ended)).toMatchObject({ status: 202 });
    await api.stop('SIGKILL');
    await lab.start('api');
    await lab.expectWholeOnce(call.callId, call.recordingId);
  });

  it('ends its work within the grace when it is asked to stop, and nothing is done twice', async () => {
    const worker = await lab.start('worker');
    await lab.connect();
    const barrier = lab.portal.control.faults.barrier({ method: register, when: 'after' });
    const call = await lab.placeCall();
    await lab.send('call-answered', call.answered);
    await barrier.held;
    const stopped = worker.stop('SIGTERM');
    await eventually(() => worker.output.includes('Stopping'), 'the worker stops');
    barrier.release();
    expect(await stopped).toBe(0);
    await lab.send('call-ended', call.ended);
    await lab.start('worker');
    await lab.expectWholeOnce(call.callId, call.recordingId);
    expect(lab.portal.control.requestCount(register)).toBe(1);
  });
});

describe('a Temporal server killed in mid-call', () => {
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

  it('comes back on the same database and the call goes on; events meanwhile are held in the inbox', async () => {
    const call = await lab.placeCall();
    await lab.send('call-answered', call.answered);
    await lab.callThat(call.callId, (view) => view.bitrix24CallId !== null, 'the call is registered');
    await temporal.kill();

    const held = await lab.send('call-ended', call.ended);
    expect(held).toMatchObject({ status: 202, body: { heldBy: 'inbox' } });
    expect(held.tookMs).toBeLessThan(2_500);
    const another = await lab.placeCall({ caller: '79035550011' });
    expect(await lab.send('call-answered', another.answered)).toMatchObject({ body: { heldBy: 'inbox' } });
    expect(await lab.send('call-ended', another.ended)).toMatchObject({ body: { heldBy: 'inbox' } });
    expect(await lab.health('ready')).toMatchObject({
      status: 200,
      body: { temporal: 'down', mongodb: 'up' },
    });
    expect((await lab.call(another.callId)).state).toBe('open');

    await temporal.startAgain();
    // Which of the two ends first is left to chance.
    await lab.settled(another.callId, 90_000);
    await lab.expectWholeOnce(call.callId, call.recordingId);
    await lab.expectWholeOnce(another.callId, another.recordingId);
    expect(lab.portal.control.requestCount(register)).toBe(2);
  });
});
