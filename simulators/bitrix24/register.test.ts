import { TestPortal } from './test-client';

describe('register', () => {
  let portal: TestPortal;
  beforeEach(async () => (portal = await TestPortal.start()));
  afterEach(() => portal.close());

  it('opens a call and answers in the portal’s shape', async () => {
    const { status, body } = await portal.register();
    expect(status).toBe(200);
    expect(body.result).toEqual({
      CALL_ID: expect.stringMatching(/^externalCall\.[0-9a-f]{32}\.\d{10}$/),
      CRM_CREATED_LEAD: null,
      CRM_CREATED_ENTITIES: [],
      CRM_ENTITY_TYPE: '',
      CRM_ENTITY_ID: null,
    });
    expect(portal.control.openCalls).toHaveLength(1);
    expect(portal.control.statistics).toHaveLength(0);
  });

  it.each([
    ['no user', { USER_ID: 0, TYPE: 9 }, 'USER_ID or USER_PHONE_INNER should be set'],
    [
      'an unknown extension',
      { USER_ID: '', USER_PHONE_INNER: '999' },
      'USER_ID or USER_PHONE_INNER should be set',
    ],
    [
      'an inactive user’s extension',
      { USER_ID: 0, USER_PHONE_INNER: '104' },
      'USER_ID or USER_PHONE_INNER should be set',
    ],
    ['a bad type before a bad date', { TYPE: 6, CALL_START_DATE: 'soon' }, 'Unknown TYPE'],
    [
      'a bad date before a bad number',
      { CALL_START_DATE: 'soon', PHONE_NUMBER: 'x' },
      'CALL_START_DATE should be in the ISO-8601 format',
    ],
    [
      'a bad number before a dismissed user',
      { PHONE_NUMBER: 'anonymous', USER_ID: 1272 },
      'Unsupported phone number format',
    ],
    ['the number 0', { PHONE_NUMBER: '0' }, 'Unsupported phone number format'],
    ['a dismissed user', { USER_ID: 1272 }, 'User is not found or is not active'],
    ['an unknown user', { USER_ID: 77 }, 'User is not found or is not active'],
  ])('refuses %s with 400, an empty code and the constant text', async (_name, fields, text) => {
    const { status, body } = await portal.register(fields);
    expect({ status, body }).toEqual({ status: 400, body: { error: '', error_description: text } });
    expect(portal.control.openCalls).toHaveLength(0);
  });

  it('finds the user by an extension between 1 and 9999 only', async () => {
    portal.control.addUser({ id: 5, extension: '0105' });
    portal.control.addUser({ id: 6, extension: '20001' });
    expect((await portal.register({ USER_ID: 0, USER_PHONE_INNER: '101' })).status).toBe(200);
    expect((await portal.register({ USER_ID: 0, USER_PHONE_INNER: '0105' })).status).toBe(400);
    expect((await portal.register({ USER_ID: 0, USER_PHONE_INNER: '20001' })).status).toBe(400);
  });

  it('keeps one open call when the answer was lost and the request comes again', async () => {
    portal.control.faults.add({ kind: 'lose-answer', method: 'telephony.externalCall.register' });
    await expect(portal.register({ CRM_CREATE: 1 })).rejects.toThrow();
    const callId = portal.control.openCalls[0]?.callId;
    const again = await portal.register({ CRM_CREATE: 1 });
    expect(again.body.result.CALL_ID).toBe(callId);
    expect(portal.control.openCalls).toHaveLength(1);
    expect(portal.control.createdLeads).toHaveLength(1);
  });

  it('opens a second call when the start date is 31 minutes back', async () => {
    const start = { CALL_START_DATE: portal.at(-31) };
    const first = await portal.register(start);
    const second = await portal.register(start);
    expect(second.body.result.CALL_ID).not.toBe(first.body.result.CALL_ID);
    expect(portal.control.openCalls).toHaveLength(2);
  });

  it('lets the window pass with the portal’s clock', async () => {
    const start = { CALL_START_DATE: portal.at(0) };
    await portal.register(start);
    portal.control.clock.advance(29 * 60_000);
    await portal.register(start);
    expect(portal.control.openCalls).toHaveLength(1);
    portal.control.clock.advance(2 * 60_000);
    await portal.register(start);
    expect(portal.control.openCalls).toHaveLength(2);
  });

  it.each([
    ['user', { USER_ID: 1270 }],
    ['number', { PHONE_NUMBER: '74951234568' }],
    ['type', { TYPE: 1 }],
    ['external id', { EXTERNAL_CALL_ID: 'call-2' }],
    ['line', { LINE_NUMBER: '7495000' }],
  ])('takes another %s for another call', async (_name, fields) => {
    await portal.register();
    await portal.register(fields);
    expect(portal.control.openCalls).toHaveLength(2);
  });

  it('compares line and external id only when this request gives them', async () => {
    await portal.register({ LINE_NUMBER: '7495000' });
    await portal.register({ EXTERNAL_CALL_ID: undefined, LINE_NUMBER: undefined });
    await portal.register({ EXTERNAL_CALL_ID: '' });
    expect(portal.control.openCalls).toHaveLength(1);
    expect(portal.control.openCalls[0]?.registrations).toBe(3);
  });

  it('compares numbers after stripping, and normalises nothing: a plus makes another number', async () => {
    await portal.register({ PHONE_NUMBER: '7 (495) 123-45-67' });
    await portal.register({ PHONE_NUMBER: '74951234567' });
    await portal.register({ PHONE_NUMBER: '+7 (495) 123-45-67' });
    await portal.register({ PHONE_NUMBER: '84951234567' });
    expect(portal.control.openCalls.map((call) => call.number)).toEqual([
      '74951234567',
      '+74951234567',
      '84951234567',
    ]);
  });

  it('keeps webhook and application apart', async () => {
    const { accessToken } = portal.control.issueTokens();
    await portal.register();
    const fields = { USER_ID: 1269, PHONE_NUMBER: '74951234567', TYPE: 2, EXTERNAL_CALL_ID: 'call-1' };
    await portal.call('telephony.externalCall.register', fields, accessToken);
    expect(portal.control.openCalls.map((call) => call.appId)).toEqual([null, 17]);
  });

  it.each(['N', 'false', 'no', 'Y', 1, '1', true])('takes %p for true, as PHP does', async (value) => {
    await portal.register({ CRM_CREATE: value, SHOW: value });
    expect(portal.control.createdLeads).toHaveLength(1);
    expect(portal.control.cards).toHaveLength(1);
  });

  it.each(['0', 0, '', false, null])('takes %p for false', async (value) => {
    await portal.register({ CRM_CREATE: value, SHOW: value });
    expect(portal.control.createdLeads).toHaveLength(0);
    expect(portal.control.cards).toHaveLength(0);
  });

  it('shows the card when SHOW is absent, and again for a duplicate', async () => {
    await portal.register({ SHOW: undefined });
    await portal.register({ SHOW: 1 });
    expect(portal.control.cards).toMatchObject([
      { userId: 1269, action: 'show', by: 'register' },
      { userId: 1269, action: 'show', by: 'register' },
    ]);
  });

  it('makes an unknown line in silence and cuts its number to 50 characters', async () => {
    await portal.register({ LINE_NUMBER: `  ${'9'.repeat(60)} ` });
    expect(portal.control.lines).toMatchObject([{ number: '9'.repeat(50), appId: null }]);
  });

  it('links and makes nothing for an internal call', async () => {
    const { body } = await portal.register({ PHONE_NUMBER: '102', CRM_CREATE: 1 });
    expect(body.result).toMatchObject({ CRM_ENTITY_TYPE: '', CRM_CREATED_LEAD: null });
    expect(portal.control.openCalls[0]?.internal).toBe(true);
  });

  it('links a known number instead of making a lead, and takes a given object without a search', async () => {
    const contact = portal.control.addContact({ phones: ['+7 495 123-45-67'] });
    const found = await portal.register({ CRM_CREATE: 1 });
    expect(found.body.result).toMatchObject({
      CRM_ENTITY_TYPE: 'CONTACT',
      CRM_ENTITY_ID: contact.id,
      CRM_CREATED_LEAD: null,
    });
    const given = await portal.register({
      EXTERNAL_CALL_ID: '2',
      CRM_ENTITY_TYPE: 'COMPANY',
      CRM_ENTITY_ID: 3,
    });
    expect(given.body.result).toMatchObject({ CRM_ENTITY_TYPE: 'COMPANY', CRM_ENTITY_ID: 3 });
  });

  it('makes contact and deal in simple mode, a repeat lead in repeat mode', async () => {
    portal.control.set({ crmMode: 'simple' });
    const simple = await portal.register({ CRM_CREATE: 1 });
    expect(simple.body.result['CRM_CREATED_ENTITIES']).toMatchObject([
      { ENTITY_TYPE: 'CONTACT' },
      { ENTITY_TYPE: 'DEAL' },
    ]);
    portal.control.set({ crmMode: 'repeat' });
    const repeat = await portal.register({ CRM_CREATE: 1, EXTERNAL_CALL_ID: '2' });
    expect(repeat.body.result).toMatchObject({
      CRM_CREATED_LEAD: expect.any(Number),
      CRM_ENTITY_TYPE: 'CONTACT',
    });
  });

  it('registers although the lead could not be made', async () => {
    portal.control.set({ leadCreationError: 'Lead creation is disabled for local users' });
    const { body } = await portal.register({ CRM_CREATE: 1 });
    expect(body.result).toMatchObject({ LEAD_CREATION_ERROR: 'Lead creation is disabled for local users' });
    expect(portal.control.openCalls).toHaveLength(1);
  });

  it('reads a date without a zone in its own zone, which is not this machine’s', async () => {
    await portal.register({ CALL_START_DATE: '2026-03-10T10:00:00' });
    const start = portal.control.openCalls[0]?.dateCreate;
    expect(start).not.toBe(new Date('2026-03-10T10:00:00').getTime());
    expect(portal.control.timeZone).toBeTruthy();
  });
});
