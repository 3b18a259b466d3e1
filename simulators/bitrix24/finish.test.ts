import { TestPortal } from './test-client';

const notFound = 'Call is not found (call should be registered prior to finishing';

describe('finish', () => {
  let portal: TestPortal;
  beforeEach(async () => (portal = await TestPortal.start()));
  afterEach(() => portal.close());

  const open = async (fields: Record<string, unknown> = {}): Promise<string> =>
    (await portal.register(fields)).body.result.CALL_ID;

  it('writes the row, makes the activity of a linked call and deletes the open call', async () => {
    portal.control.addContact({ id: 31, phones: ['74951234567'] });
    const callId = await open({ LINE_NUMBER: '7495000' });
    const { status, body } = await portal.finish(callId, { ADD_TO_CHAT: 1 });
    expect(status).toBe(200);
    expect(body.result).toMatchObject({
      ID: 5001,
      CALL_ID: callId,
      EXTERNAL_CALL_ID: 'call-1',
      PORTAL_USER_ID: 1269,
      PORTAL_NUMBER: '7495000',
      INCOMING: '2',
      CALL_DURATION: 12,
      CALL_START_DATE: {},
      CALL_STATUS: 1,
      CALL_FAILED_CODE: '200',
      REST_APP_ID: null,
      CRM_ACTIVITY_ID: 20001,
      CRM_ENTITY_TYPE: 'CONTACT',
      CRM_ENTITY_ID: 31,
    });
    expect(body.result).not.toHaveProperty('ERRORS');
    expect(portal.control.openCalls).toHaveLength(0);
    expect(portal.control.statistics[0]?.addedToChat).toBe(true);
    expect(portal.control.activities).toMatchObject([{ responsibleId: 1269, completed: true }]);
  });

  it('answers 200 without an activity when nothing in the CRM matches', async () => {
    const { status, body } = await portal.finish(await open());
    expect(status).toBe(200);
    expect(body.result).toMatchObject({
      CRM_ACTIVITY_ID: false,
      PORTAL_NUMBER: 'REST_APP:',
      ERRORS: { ACTIVITY_CREATION: 'Could not find associated crm entity for the current call' },
    });
    expect(body.result).not.toHaveProperty('CRM_ENTITY_TYPE');
  });

  it('fails the second time, with the text that lacks its bracket', async () => {
    const callId = await portal.finishedCall();
    const { status, body } = await portal.finish(callId);
    expect({ status, body }).toEqual({ status: 400, body: { error: '', error_description: notFound } });
    expect(portal.control.statistics).toHaveLength(1);
  });

  it('does not find a call by our own id', async () => {
    await open();
    expect((await portal.finish('', { EXTERNAL_CALL_ID: 'call-1' })).body.error_description).toBe(notFound);
  });

  it.each([
    [
      'no user before all else',
      { USER_ID: undefined, CALL_ID: 5 },
      '',
      'USER_ID or USER_PHONE_INNER should be set',
    ],
    ['a CALL_ID that is no text', { CALL_ID: 5 }, 'INVALID_ARGUMENT', 'CALL_ID must be a string'],
    ['an unknown call before a dismissed user', { CALL_ID: 'x', USER_ID: 1272 }, '', notFound],
    ['a dismissed user', { USER_ID: 1272 }, '', 'User is not found or is not active'],
  ])('refuses %s', async (_name, fields, code, text) => {
    const { status, body } = await portal.finish(await open(), fields);
    expect({ status, body }).toEqual({ status: 400, body: { error: code, error_description: text } });
    expect(portal.control.openCalls).toHaveLength(1);
  });

  it('takes the status from the duration when none is given, and counts any talk as success', async () => {
    const missed = await portal.finish(await open(), { DURATION: 0 });
    expect(missed.body.result).toMatchObject({ CALL_FAILED_CODE: '304', CALL_STATUS: 0 });
    const odd = await portal.finish(await open(), { DURATION: 3, STATUS_CODE: '304' });
    expect(odd.body.result).toMatchObject({ CALL_FAILED_CODE: '304', CALL_STATUS: 1 });
    expect(portal.control.statistics[0]?.addedToChat).toBe(false);
  });

  it('keeps missed calls until exactly the same number was called back', async () => {
    await portal.finish(await open(), { DURATION: 0, STATUS_CODE: '304' });
    const other = await open({ TYPE: 1, PHONE_NUMBER: '84951234567' });
    await portal.finish(other, { STATUS_CODE: '200' });
    expect(portal.control.missedCalls).toMatchObject([{ number: '74951234567', calledBack: false }]);
    await portal.finish(await open({ TYPE: 1 }), { STATUS_CODE: '200' });
    expect(portal.control.missedCalls).toMatchObject([{ calledBack: true }]);
  });

  it('leaves the activity of a missed call open', async () => {
    portal.control.addContact({ phones: ['74951234567'] });
    await portal.finish(await open(), { DURATION: 0, STATUS_CODE: '304' });
    expect(portal.control.activities).toMatchObject([{ missed: true, completed: false }]);
  });

  it('gives what the call made to the one who finishes, and nothing else', async () => {
    const mine = await open({ CRM_CREATE: 1 });
    await portal.finish(mine, { USER_ID: 1270 });
    expect(portal.control.createdLeads).toMatchObject([{ assignedById: 1270 }]);
    const contact = portal.control.addContact({ phones: ['5550001'], assignedById: 1 });
    await portal.finish(await open({ PHONE_NUMBER: '5550001' }), { USER_ID: 1270 });
    expect(contact.assignedById).toBe(1);
  });

  it('says in its own language that the activity failed', async () => {
    portal.control.set({ activityFails: true });
    portal.control.addContact({ phones: ['74951234567'] });
    const { body } = await portal.finish(await open());
    expect(body.result).toMatchObject({
      CRM_ACTIVITY_ID: false,
      ERRORS: { ACTIVITY_CREATION: expect.stringContaining('Aktivität') },
    });
  });

  it('has the row although the answer was lost, and then refuses the repeat', async () => {
    portal.control.addContact({ phones: ['74951234567'] });
    const callId = await open();
    portal.control.faults.add({ kind: 'lose-answer', method: 'telephony.externalCall.finish' });
    await expect(portal.finish(callId)).rejects.toThrow();
    expect((await portal.finish(callId)).body.error_description).toBe(notFound);
    expect(portal.control.statistics).toHaveLength(1);
    expect(portal.control.activities).toHaveLength(1);
  });

  it('leaves row and open call behind when it dies midway, so that a blind repeat doubles', async () => {
    const callId = await open();
    portal.control.faults.add({ kind: 'midway', method: 'telephony.externalCall.finish' });
    await expect(portal.finish(callId)).rejects.toThrow();
    expect(portal.control.openCalls).toHaveLength(1);
    await portal.finish(callId);
    expect(portal.control.statistics).toHaveLength(2);
  });

  it('lets two finishes at once both through', async () => {
    const callId = await open();
    portal.control.switches.workMs['telephony.externalcall.finish'] = 1_000;
    const both = await Promise.all([portal.finish(callId), portal.finish(callId)]);
    expect(both.map((answer) => answer.status)).toEqual([200, 200]);
    expect(portal.control.statistics).toHaveLength(2);
  });

  it('shows and hides cards of open calls only, and answers false with 200 otherwise', async () => {
    const callId = await open();
    const show = await portal.call('telephony.externalCall.show', { CALL_ID: callId, USER_ID: [1270, 1271] });
    const hide = await portal.call('telephony.externalCall.hide', { CALL_ID: callId });
    expect([show.body.result, hide.body.result]).toEqual([true, true]);
    expect(portal.control.cards.map((card) => [card.userId, card.action])).toEqual([
      [1270, 'show'],
      [1271, 'show'],
      [1269, 'hide'],
    ]);
    await portal.finish(callId);
    const late = await portal.call('telephony.externalCall.hide', { CALL_ID: callId });
    expect([late.status, late.body.result]).toEqual([200, false]);
  });
});
