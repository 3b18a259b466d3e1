import type { AdminLab } from '../../../../test/support/admin-lab';
import { openAdminLab } from '../../../../test/support/admin-lab';
import { token } from '../../../../test/support/api-lab';
import { openView } from '../../../../test/support/open-view';
import type { CallView } from '../../../domain/call-view';

let lab: AdminLab;
beforeEach(async () => {
  lab = await openAdminLab();
});
afterEach(() => lab.close());

const number = '79991234567';
const erase = (phoneNumber: unknown) =>
  lab.ask('POST', '/connections/office/erase', { body: { phoneNumber } });
const callsOf = async (phoneNumber: string): Promise<number> =>
  (await lab.ask('POST', '/connections/office/calls/search', { body: { phoneNumber } })).body.items.length;
const send = (event: string, body: object) =>
  lab.askRoot('POST', `/webhooks/3cx/office/${event}`, { key: token, body });

const view = (callId: string, state: CallView['state'] = 'finished'): CallView =>
  openView(callId, {
    state,
    bitrix24CallId: 'externalCall.1',
    userId: 1,
    did: '74951234567',
    lineNumber: '74951234567',
    status: '200',
    startedAt: '2026-11-25T10:00:00.000+03:00',
    durationSeconds: 5,
  });

const hash = (digits: string): string => lab.store.hashNumber('office', digits);
const workflowOf = (callId: string): string => `call/office/${callId}`;
/** A call, and its workflow, which runs until the row is closed. */
const save = (callId: string, digits: string, closed: boolean, state?: CallView['state']) => {
  lab.gateway.statuses.set(workflowOf(callId), closed ? 'closed' : 'open');
  const told = view(callId, state ?? (closed ? 'finished' : 'open'));
  return lab.store.calls.save('office', told, 1, { closed, callerHash: hash(digits) });
};
/** The last word of a call: a later save tells no number. */
const end = (callId: string) => {
  lab.gateway.statuses.set(workflowOf(callId), 'closed');
  return lab.store.calls.save('office', view(callId), 2, { closed: true });
};
const claim = (callId: string, startedAt = new Date().toISOString()) =>
  lab.store.claims.claim(
    {
      connection: 'office',
      callId,
      workflowId: `call/office/${callId}`,
      callerHash: hash(number),
      startedAt,
      extension: '101',
      fromReport: callId.startsWith('report-'),
    },
    120_000,
  );

describe('a call that waits for its recording when its caller is erased', () => {
  const waits = () => lab.ask('GET', '/connections/office/calls/waits');

  it('is cleared at once, counts as open, and is found by nobody who searches', async () => {
    await save('waits', number, false, 'finished');
    expect((await erase(number)).body).toMatchObject({ calls: 1, histories: 0, openCalls: 1 });
    expect((await waits()).body).toMatchObject({ state: 'finished', caller: null, did: null });
    expect(await callsOf(number)).toBe(0);
    expect(lab.gateway.forgotten).toEqual([]);
    expect((await erase(number)).body).toMatchObject({ calls: 0, histories: 0, openCalls: 1 });
  });

  it('goes with its history when the person is erased again after its close, and then for good', async () => {
    await save('waits', number, false, 'finished');
    await erase(number);
    await end('waits');
    expect((await waits()).body).toMatchObject({ caller: null, did: null });
    expect((await erase(number)).body).toMatchObject({ calls: 1, histories: 1, openCalls: 0 });
    expect(lab.gateway.forgotten).toEqual([workflowOf('waits')]);
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
      if (status === null) lab.gateway.statuses.delete(workflowOf('gone'));
      else lab.gateway.statuses.set(workflowOf('gone'), status);
      expect((await erase(number)).body).toMatchObject({ calls: 1, histories: 0, openCalls: 0 });
      expect(await lab.store.calls.get('office', 'gone')).toMatchObject({ caller: null, did: null });
      expect(await callsOf(number)).toBe(0);
      expect(lab.gateway.forgotten).toEqual([]);
      expect((await erase(number)).body).toMatchObject({ calls: 0, histories: 0, openCalls: 0 });
    },
  );

  it('keeps no events in the inbox either', async () => {
    await save('gone', number, false);
    lab.gateway.state = 'down';
    await send('call-ended', { callId: 'gone', callerNumber: number, duration: 5 });
    lab.gateway.state = 'up';
    lab.gateway.statuses.set(workflowOf('gone'), 'closed');
    expect((await erase(number)).body).toMatchObject({ calls: 1, inbox: 1, openCalls: 0 });
  });

  it('goes with its history when its last word came while Temporal was asked', async () => {
    await save('ending', number, false);
    jest.spyOn(lab.gateway, 'status').mockImplementationOnce(async () => {
      await end('ending');
      return 'closed';
    });
    expect((await erase(number)).body).toMatchObject({ calls: 1, histories: 1, openCalls: 0 });
  });

  it('is left as it is while Temporal does not answer', async () => {
    await save('gone', number, false);
    lab.gateway.state = 'down';
    expect((await erase(number)).status).toBe(503);
    expect(await callsOf(number)).toBe(1);
  });
});

describe('a call whose id was used before', () => {
  it('is erased although the other call of that id, of somebody else, still runs', async () => {
    await save('42', '79990000000', false);
    await save('42~1764061200', number, true);
    const forget = jest.spyOn(lab.gateway, 'forget');
    expect((await erase(number)).body).toMatchObject({ calls: 1, histories: 1, openCalls: 0 });
    expect(forget.mock.calls).toEqual([[workflowOf('42~1764061200')]]);
    expect(await lab.store.calls.get('office', '42')).toMatchObject({ caller: '…67' });
  });

  it('is erased with the history of that id when the other call is over', async () => {
    await save('42', '79990000000', true);
    await save('42~1764061200', number, true);
    expect((await erase(number)).body).toMatchObject({ calls: 1, histories: 2, openCalls: 0 });
  });
});
