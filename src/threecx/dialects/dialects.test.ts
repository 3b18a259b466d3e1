import { accepted, eventOf, receivedAt, refused, refusedFields } from '../../../test/support/read-webhook';

describe('placeholders', () => {
  it.each([
    ['callId', 'call-ended'],
    ['call_id_saved', 'call-ended'],
    ['extension', 'call-ended'],
    ['USER_PHONE_INNER', 'call-answered'],
    ['PHONE_NUMBER', 'call-ended'],
    ['TYPE', 'call-ended'],
    ['did', 'call-ended'],
    ['CALL_START_DATE', 'call-ended'],
    ['answeredAt', 'call-ended'],
    ['endUtc', 'call-ended'],
    ['DURATION', 'call-ended'],
    ['STATUS_CODE', 'call-ended'],
    ['toExtension', 'call-transferred'],
    ['recId', 'recording-ready'],
    ['FILES', 'recording-ready'],
    ['deliveryId', 'call-ended'],
  ])('in %s are refused by name', (field, event) => {
    for (const value of ['%Some_Thing%', '[SomeThing]']) {
      const reading = refused(event, {
        callId: 'A1',
        extension: '101',
        [field]: value,
        ...(/call_?id/i.test(field) && field !== 'callId' ? { callId: '' } : {}),
        ...(field === 'USER_PHONE_INNER' ? { extension: '' } : {}),
      });
      expect(reading).toMatchObject({ status: 400, reason: 'placeholder' });
      expect(reading.errors.map((error) => error.field)).toEqual([field]);
    }
  });

  it('in unknown fields are nobody’s business', () => {
    expect(accepted('call-ended', { callId: 'A1', name: '[Name]', CRM_CREATE: '%x%' }).ignoredFields).toBe(2);
  });

  it('of the form that people copy are named one by one', () => {
    expect(
      refusedFields('call-answered', {
        USER_PHONE_INNER: '%Ext%',
        PHONE_NUMBER: '%CallerNumber%',
        CALL_START_DATE: '%CallStarted%',
        CRM_CREATE: 'Y',
        TYPE: '%Direction%',
      }).sort(),
    ).toEqual(['CALL_START_DATE', 'PHONE_NUMBER', 'TYPE', 'USER_PHONE_INNER', 'callId']);
  });
});

describe('the form with Bitrix24’s field names', () => {
  it('is understood with 3CX’s coding of the direction', () => {
    expect(
      eventOf('call-answered', {
        CALL_ID: '41',
        USER_PHONE_INNER: '101',
        PHONE_NUMBER: '+79991234567',
        CALL_START_DATE: '2026-01-31 10:00:00',
        CRM_CREATE: 'Y',
        TYPE: '1',
        LINE_NUMBER: '84951234567',
      }),
    ).toMatchObject({
      extension: '101',
      callerNumber: '79991234567',
      startedAt: '2026-01-31T10:00:00+03:00',
      direction: 'inbound',
      did: '74951234567',
    });
    expect(eventOf('call-ended', { call_id_saved: '41', DURATION: '65', STATUS_CODE: '200' })).toMatchObject({
      durationSeconds: 65,
      status: '200',
    });
  });
});

describe('a report of 3CX’s CRM template', () => {
  const report = {
    callType: 'Inbound',
    direction: 'Inbound',
    number: '+79991234567',
    name: 'Ivan Petrov',
    agent: '101',
    agentEmail: 'ivan@example.com',
    queue: '800',
    durationSeconds: '65',
    startUtc: '2026-01-31T07:00:00Z',
    endUtc: '2026-01-31T07:01:20Z',
    entityId: '',
    recordingUrl: '',
  };

  it('tells a whole call under an id of its own', () => {
    const reading = accepted('call-report', report);
    expect(reading.event).toEqual({
      event: 'call-report',
      deliveryKey: expect.any(String),
      receivedAt: expect.any(String),
      source: 'webhook',
      direction: 'inbound',
      callerNumber: '79991234567',
      extension: '101',
      durationSeconds: 65,
      startedAt: '2026-01-31T07:00:00Z',
      endedAt: '2026-01-31T07:01:20Z',
      status: 'answered',
    });
    expect(reading.ref.callId).toMatch(/^report-/);
    expect(reading.callId).toBe(reading.ref.callId);
    expect(reading.ignoredFields).toBe(5);
    expect(JSON.stringify(reading)).not.toMatch(/Ivan|ivan@/);
  });

  it.each([
    ['Missed', 'missed', 'inbound'],
    ['Notanswered', 'missed', 'outbound'],
    ['Outbound', 'answered', 'outbound'],
  ])('of type %s is %s, %s', (callType, status, direction) => {
    const { direction: _, ...rest } = report;
    expect(eventOf('call-report', { ...rest, callType })).toMatchObject({ status, direction });
  });

  it('has the same id for the same call, told again or for another extension', () => {
    const id = (change: Record<string, unknown>): string =>
      accepted('call-report', { ...report, ...change }).ref.callId;
    expect(id({ durationSeconds: '70', name: '' })).toBe(id({}));
    expect(id({ number: '8 999 123-45-67', startUtc: '2026-01-31T10:00:00+03:00' })).toBe(id({}));
    expect(id({ agent: '102' })).toBe(id({}));
    expect(id({ startUtc: '2026-01-31T07:00:01Z' })).not.toBe(id({}));
  });

  it('without start is known by its end and duration, else by the minute of its receipt', () => {
    const id = (change: Record<string, unknown>, at = receivedAt): string =>
      accepted('call-report', { ...report, startUtc: '', ...change }, { receivedAt: at }).ref.callId;
    expect(id({ endUtc: '2026-01-31T07:01:05Z' })).toBe(accepted('call-report', report).ref.callId);
    expect(id({ endUtc: '' })).toBe(id({ endUtc: '' }, new Date('2026-01-31T07:00:59Z')));
    expect(id({ endUtc: '' })).not.toBe(id({ endUtc: '' }, new Date('2026-01-31T07:01:00Z')));
  });

  it('may carry a call id after all', () => {
    expect(accepted('call-report', { ...report, callId: 'A1' }).ref.workflowId).toBe('call/moscow/A1');
  });

  it('may hide the caller, or name no agent', () => {
    expect(eventOf('call-report', { ...report, number: '' }).callerNumber).toBe('');
    expect(eventOf('call-report', { ...report, agent: '', callType: 'Missed' })).not.toHaveProperty(
      'extension',
    );
  });

  it('that tells of nobody is refused', () => {
    expect(refused('call-report', {})).toMatchObject({ status: 400, reason: 'missing-field' });
    expect(refused('call-report', { durationSeconds: '5' })).toMatchObject({ status: 400 });
  });
});

describe('a Call Flow Designer app', () => {
  it('tells that a call has arrived', () => {
    expect(
      accepted('call-started', {
        historyId: '00000000-01dc-27dd-cc8a-799100000029',
        caller: '+79991234567',
        did: '74951234567',
        app: '900',
      }),
    ).toMatchObject({
      ref: { callId: '00000000-01dc-27dd-cc8a-799100000029' },
      event: { event: 'call-started', callerNumber: '79991234567', did: '74951234567' },
      ignoredFields: 1,
    });
  });

  it('whose call has no id is refused, so that unknown calls are not taken for one', () => {
    expect(refusedFields('call-started', { historyId: 'Unknown', caller: '+79991234567' })).toEqual([
      'historyId',
    ]);
  });
});

describe('a webhook add-on', () => {
  const chid = '00000000-01dc-27dd-cc8a-799100000029';
  const base = {
    id: '250917161728_41-0',
    chid,
    callerid: '+79991234567',
    user: '101',
    usertype: 'ext',
    did: '74951234567',
  };

  it.each([
    ['ringing', 'call-ringing', 'inbound'],
    ['dialing', 'call-ringing', 'outbound'],
    ['incomingcall_started', 'call-answered', 'inbound'],
    ['pickupincoming', 'call-answered', 'inbound'],
    ['hangupincoming', 'call-answered', 'inbound'],
    ['pickupoutgoing', 'call-answered', 'outbound'],
    ['incoming', 'call-ended', 'inbound'],
    ['outgoing', 'call-ended', 'outbound'],
  ])('says %s for %s', (name, event, direction) => {
    const reading = accepted(null, { ...base, event: name });
    expect(reading.ref.callId).toBe(chid);
    expect(reading.event).toMatchObject({
      event,
      direction,
      extension: '101',
      callerNumber: '79991234567',
      did: '74951234567',
    });
    expect(accepted(name, base).event).toMatchObject({ event, direction });
  });

  it('may write its keys in capitals', () => {
    expect(
      accepted(null, {
        Event: 'Incoming',
        Chid: chid,
        CallerId: '+79991234567',
        User: '101',
        UserType: 'Ext',
        FinishType: 'Ok',
        Duration: '01:05',
      }).event,
    ).toMatchObject({ event: 'call-ended', extension: '101', status: 'answered', durationSeconds: 65 });
  });

  it('is known by its own id up to the part counter when there is no history id', () => {
    const ids = ['250917161728_41-0', '250917161728_41-1'].map(
      (id) => accepted(null, { ...base, chid: '', id, event: 'ringing' }).ref.callId,
    );
    expect(ids).toEqual(['250917161728_41', '250917161728_41']);
  });

  it('tells of a queue that rings or picks up only that the call is there', () => {
    for (const event of ['ringing', 'pickupincoming']) {
      const reading = eventOf(null, { ...base, event, usertype: 'queue', user: '800' });
      expect(reading.event).toBe('call-started');
      expect(reading).not.toHaveProperty('extension');
    }
  });

  it('tells a missed call', () => {
    expect(
      eventOf(null, { ...base, event: 'incoming', finishtype: 'Missed', duration: '00:00' }),
    ).toMatchObject({ status: 'missed', direction: 'inbound', durationSeconds: 0 });
  });

  it('with files announces the recording', () => {
    expect(
      eventOf(null, { ...base, event: 'incoming', FILES: ['https://pbx/webapi/recording/1-1.mp3'] }).event,
    ).toBe('recording-ready');
    expect(eventOf(null, { ...base, event: 'incoming', 'FILES[]': 'https://pbx/1-1.mp3' }).event).toBe(
      'recording-ready',
    );
    expect(eventOf(null, { ...base, event: 'recording' }).event).toBe('recording-ready');
    expect(eventOf(null, { ...base, event: 'incoming', FILES: [] }).event).toBe('call-ended');
  });

  it('uses words that mean nothing in our own events', () => {
    expect(refusedFields('call-answered', { callId: 'A', user: '101' })).toEqual(['extension']);
    expect(refusedFields('call-ended', { id: 'A' })).toEqual(['callId']);
  });
});
