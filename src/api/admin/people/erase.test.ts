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
const send = (event: string, body: object) =>
  lab.askRoot('POST', `/webhooks/3cx/office/${event}`, { key: token, body });

const view = (callId: string): CallView =>
  openView(callId, {
    state: 'finished',
    bitrix24CallId: 'externalCall.1',
    userId: 1,
    did: '74951234567',
    lineNumber: '74951234567',
    status: '200',
    startedAt: '2026-11-25T10:00:00.000+03:00',
    durationSeconds: 5,
  });

const save = (callId: string, digits: string, closed: boolean) =>
  lab.store.calls.save('office', view(callId), 1, {
    closed,
    callerHash: lab.store.hashNumber('office', digits),
  });

describe('erasing a person', () => {
  it('removes every trace of the number and tells what was removed', async () => {
    await save('mine', number, true);
    await save('running', number, false);
    await save('other', '79990000000', true);
    lab.gateway.state = 'down';
    await send('call-started', { callId: 'held', callerNumber: '8 (999) 123-45-67' });
    await send('call-started', { callId: 'held-2', callerNumber: '79990000000' });
    await send('call-ringing', { callId: '%CallId%', callerNumber: '+7 (999) 123-45-67' });
    await send('call-ringing', { callId: '%CallId%', callerNumber: '+79990000000' });
    lab.gateway.state = 'up';
    const answer = await erase('8 999 123 45 67');
    expect([answer.status, answer.body]).toEqual([
      200,
      { calls: 2, inbox: 1, rejected: 1, histories: 1, liveCalls: 0, openCalls: 1 },
    ]);
    expect(lab.gateway.forgotten).toEqual(['call/office/mine']);
    const found = async (phoneNumber: string) =>
      (await lab.ask('POST', '/connections/office/calls/search', { body: { phoneNumber } })).body.items
        .length;
    expect([await found(number), await found('79990000000')]).toEqual([0, 1]);
    expect((await lab.ask('GET', '/connections/office/calls/mine')).body).toMatchObject({
      callId: 'mine',
      state: 'finished',
      caller: null,
    });
    expect((await lab.ask('GET', '/connections/office/rejected')).text).not.toContain('123-45-67');
    expect(await lab.store.inbox.forCall('office', 'held')).toEqual([]);
    expect(await lab.store.inbox.forCall('office', 'held-2')).toHaveLength(1);
  });

  it('takes a call that Call Control left behind, and leaves one that may still go on', async () => {
    const state = JSON.stringify({ call: { id: '7~1', callerNumber: number }, events: [] });
    const { liveCalls } = lab.store;
    await liveCalls.save('office', '7~1', state, 1);
    await liveCalls.save('office', '8~1', state.replace('7999', '7888'), 1);
    expect((await erase(number)).body).toMatchObject({ liveCalls: 0, openCalls: 1 });
    // Longer ago than any call lasts.
    const { maxCallHours } = (await lab.store.connections.get('office'))!.value.rules;
    lab.deps.clock = () => new Date(Date.now() + (maxCallHours + 1) * 3_600_000);
    expect((await erase(number)).body).toMatchObject({ liveCalls: 1, openCalls: 0 });
    expect((await liveCalls.all('office')).map(({ key }) => key)).toEqual(['8~1']);
  });

  it('finds it where the PBX told it in the place of a DID', async () => {
    const misplaced = { ...view('odd'), did: number, lineNumber: number, extension: '9991234567' };
    await lab.store.calls.save('office', misplaced, 1, { closed: true });
    await lab.store.extensions.countUnmapped('office', '9991234567', new Date());
    // What is too long for an extension is kept by its last digits only.
    const call = async () => (await lab.ask('GET', '/connections/office/calls/odd')).body;
    expect(await call()).toMatchObject({ did: number, extension: '…67' });
    const unmapped = await lab.store.extensions.listUnmapped('office');
    expect(unmapped.map(({ extension }) => extension)).toEqual(['…67']);
    await erase(number);
    expect(await call()).toMatchObject({ did: null, lineNumber: null, extension: '…67' });
  });

  it('deletes histories of calls that were merged into theirs, and of an id that was used again', async () => {
    await save('mine', number, true);
    await save('42~1764061200', number, true);
    const claim = {
      connection: 'office',
      callerHash: 'h',
      startedAt: '2026-11-25T10:00:00Z',
      extension: null,
    };
    const { claims } = lab.store;
    await claims.claim({ ...claim, callId: 'mine', workflowId: 'w', fromReport: false }, 60_000);
    await claims.claim({ ...claim, callId: 'report-1', workflowId: 'w', fromReport: true }, 60_000);
    await erase(number);
    expect([...lab.gateway.forgotten].sort()).toEqual(
      ['42', '42~1764061200', 'mine', 'report-1'].map((callId) => `call/office/${callId}`),
    );
  });

  it('leaves a row so that a repeat is still known, and an audit row without the number', async () => {
    await save('mine', number, true);
    await erase(number);
    expect(await lab.store.calls.get('office', 'mine')).toMatchObject({
      closed: true,
      caller: null,
      did: null,
    });
    const audit = await lab.ask('GET', '/connections/office/audit');
    expect(audit.body.items[0]).toMatchObject({ action: 'person.erase', after: { calls: 1 } });
    expect(audit.text).not.toContain('9991234567');
    expect(await lab.store.audit.verify()).toMatchObject({ ok: true });
  });

  it('may be done again', async () => {
    await save('mine', number, true);
    await erase(number);
    expect((await erase(number)).body).toEqual({
      calls: 0,
      inbox: 0,
      rejected: 0,
      histories: 0,
      liveCalls: 0,
      openCalls: 0,
    });
  });

  it('removes nothing while Temporal cannot forget', async () => {
    await save('mine', number, true);
    lab.gateway.state = 'down';
    expect((await erase(number)).status).toBe(503);
    expect(await lab.store.calls.get('office', 'mine')).toMatchObject({ caller: '…67' });
  });

  it.each([undefined, '', 'anonymous', { $ne: null }, 79991234567])('refuses %j', async (phoneNumber) => {
    expect((await erase(phoneNumber)).status).toBe(400);
  });
});
