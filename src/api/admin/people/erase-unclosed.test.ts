import { useEraseBench } from '../../../../test/support/erase-bench';

const bench = useEraseBench();
const { number, erase, callsOf, send, save, end, claim, workflowOf } = bench;

describe('a call that waits for its recording when its caller is erased', () => {
  const waits = () => bench.lab.ask('GET', '/connections/office/calls/waits');

  it('is cleared at once, counts as open, and is found by nobody who searches', async () => {
    await save('waits', number, false, 'finished');
    expect((await erase(number)).body).toMatchObject({ calls: 1, histories: 0, openCalls: 1 });
    expect((await waits()).body).toMatchObject({ state: 'finished', caller: null, did: null });
    expect(await callsOf(number)).toBe(0);
    expect(bench.lab.gateway.forgotten).toEqual([]);
    expect((await erase(number)).body).toMatchObject({ calls: 0, histories: 0, openCalls: 1 });
  });

  it('names nobody any more, though its workflow still knows him', async () => {
    await save('waits', number, false, 'finished');
    bench.lab.gateway.views.set(workflowOf('waits'), bench.view('waits'));
    expect((await waits()).body).toMatchObject({ caller: '…67', did: '74951234567' });
    await erase(number);
    const { body } = await waits();
    expect(body).toMatchObject({ state: 'finished', caller: null, did: null });
    expect(body).not.toHaveProperty('erased');
  });

  it('goes with its history when the person is erased again after its close, and then for good', async () => {
    await save('waits', number, false, 'finished');
    await erase(number);
    await end('waits');
    expect((await waits()).body).toMatchObject({ caller: null, did: null });
    expect((await erase(number)).body).toMatchObject({ calls: 1, histories: 1, openCalls: 0 });
    expect(bench.lab.gateway.forgotten).toEqual([workflowOf('waits')]);
    expect((await erase(number)).body).toMatchObject({ calls: 0, histories: 0, openCalls: 0 });
  });

  it('keeps its report from being written as a second call', async () => {
    await save('waits', number, false, 'finished');
    await claim('waits');
    await erase(number);
    expect(await claim('report-1')).toEqual({ won: false, survivorCallId: 'waits' });
  });
});

describe('a call whose workflow is gone although its row was never closed', () => {
  it.each(['closed', null] as const)(
    'is cleared when Temporal says %s, and keeps its history',
    async (status) => {
      await save('gone', number, false);
      if (status === null) bench.lab.gateway.statuses.delete(workflowOf('gone'));
      else bench.lab.gateway.statuses.set(workflowOf('gone'), status);
      expect((await erase(number)).body).toMatchObject({ calls: 1, histories: 0, openCalls: 0 });
      expect(await bench.lab.store.calls.get('office', 'gone')).toMatchObject({ caller: null, did: null });
      expect(await callsOf(number)).toBe(0);
      expect(bench.lab.gateway.forgotten).toEqual([]);
      expect((await erase(number)).body).toMatchObject({ calls: 0, histories: 0, openCalls: 0 });
    },
  );

  it('keeps no events in the inbox either', async () => {
    await save('gone', number, false);
    bench.lab.gateway.state = 'down';
    await send('call-ended', { callId: 'gone', callerNumber: number, duration: 5 });
    bench.lab.gateway.state = 'up';
    bench.lab.gateway.statuses.set(workflowOf('gone'), 'closed');
    expect((await erase(number)).body).toMatchObject({ calls: 1, inbox: 1, openCalls: 0 });
  });

  it('goes with its history when its last word came while Temporal was asked', async () => {
    await save('ending', number, false);
    jest.spyOn(bench.lab.gateway, 'status').mockImplementationOnce(async () => {
      await end('ending');
      return 'closed';
    });
    expect((await erase(number)).body).toMatchObject({ calls: 1, histories: 1, openCalls: 0 });
  });

  it('is left as it is while Temporal does not answer', async () => {
    await save('gone', number, false);
    bench.lab.gateway.state = 'down';
    expect((await erase(number)).status).toBe(503);
    expect(await callsOf(number)).toBe(1);
  });
});

describe('a call whose id was used before', () => {
  it('is erased although the other call of that id, of somebody else, still runs', async () => {
    await save('42', '79990000000', false);
    await save('42~1764061200', number, true);
    const forget = jest.spyOn(bench.lab.gateway, 'forget');
    expect((await erase(number)).body).toMatchObject({ calls: 1, histories: 1, openCalls: 0 });
    expect(forget.mock.calls).toEqual([[workflowOf('42~1764061200')]]);
    expect(await bench.lab.store.calls.get('office', '42')).toMatchObject({ caller: '…67' });
  });

  it('is erased with the history of that id when the other call is over', async () => {
    await save('42', '79990000000', true);
    await save('42~1764061200', number, true);
    expect((await erase(number)).body).toMatchObject({ calls: 1, histories: 2, openCalls: 0 });
  });
});
