import { accepted, eventOf, refused, refusedFields } from '../../test/support/read-webhook';

describe('a webhook in our own words', () => {
  it('becomes a call event with all that it tells', () => {
    const reading = accepted('call-ended', {
      callId: 'A1',
      extension: '101',
      callerNumber: '8 (999) 123-45-67',
      direction: 'inbound',
      did: '+7 495 123-45-67',
      startedAt: '2026-01-31T10:00:00',
      answeredAt: '2026-01-31T10:00:10+03:00',
      endedAt: '2026-01-31T07:01:15Z',
      duration: '01:05',
      status: 'answered',
      name: 'Ivan Petrov',
    });
    expect(reading).toEqual({
      ok: true,
      ref: { connection: 'moscow', callId: 'A1', workflowId: 'call/moscow/A1' },
      callId: 'A1',
      ignoredFields: 1,
      event: {
        event: 'call-ended',
        deliveryKey: expect.stringMatching(/^facts-[A-Za-z0-9_-]{43}$/),
        receivedAt: '2026-01-31T07:00:30.500Z',
        source: 'webhook',
        extension: '101',
        callerNumber: '79991234567',
        direction: 'inbound',
        did: '74951234567',
        startedAt: '2026-01-31T10:00:00+03:00',
        answeredAt: '2026-01-31T10:00:10+03:00',
        endedAt: '2026-01-31T07:01:15Z',
        durationSeconds: 65,
        status: 'answered',
      },
    });
  });

  it('tells only what was sent', () => {
    expect(Object.keys(eventOf('call-started', { callId: 'A1' })).sort()).toEqual([
      'deliveryKey',
      'event',
      'receivedAt',
      'source',
    ]);
  });

  it('may name the event in the body', () => {
    expect(eventOf(null, { EVENT: 'Call-Ended', callId: 'A1' }).event).toBe('call-ended');
    expect(eventOf('call-ended', { event: 'call-started', callId: 'A1' }).event).toBe('call-ended');
  });

  it('names its source', () => {
    expect(accepted('call-ended', { callId: 'A1' }, { source: 'replay' }).event.source).toBe('replay');
  });
});

describe('an event name', () => {
  it.each(['call-exploded', 'Call-Ended', '', '__proto__', 'toString', 'ringing '])(
    '%j in the address is not found',
    (event) => {
      expect(refused(event, { callId: 'A1' })).toMatchObject({ status: 404, reason: 'unknown-event' });
    },
  );

  it('in the body must be one of ours', () => {
    expect(refused(null, { event: 'nonsense', callId: 'A1' })).toMatchObject({
      status: 404,
      reason: 'unknown-event',
    });
    expect(refused(null, { callId: 'A1' })).toMatchObject({ status: 400, reason: 'missing-field' });
    expect(refused(null, { event: '', callId: 'A1' })).toMatchObject({ status: 400 });
    expect(refused(null, { event: '%event%', callId: 'A1' })).toMatchObject({
      status: 400,
      reason: 'placeholder',
    });
    expect(refused(null, { event: ['call-ended'], callId: 'A1' })).toMatchObject({ status: 400 });
  });
});

describe('aliases', () => {
  it.each([
    ['callId', ['call_id', 'historyId', 'chid', 'uniqueId', 'call_id_saved', 'CALLID', 'HistoryID'], 'A1'],
    ['extension', ['ext', 'USER_PHONE_INNER', 'agent', 'Extension', 'EXT', 'user_phone_inner'], '101'],
    [
      'callerNumber',
      ['PHONE_NUMBER', 'caller', 'callerid', 'number', 'CallerID', 'CALLERNUMBER'],
      '+79991234567',
    ],
    ['direction', ['TYPE', 'callDirection', 'type', 'CALLDIRECTION'], '2'],
    ['did', ['LINE_NUMBER', 'inbound_did', 'line', 'DID'], '74951234567'],
    ['startedAt', ['CALL_START_DATE', 'startUtc', 'call_start_date', 'STARTUTC'], '2026-01-31T10:00:00'],
    ['answeredAt', ['ANSWEREDAT'], '2026-01-31T10:00:00Z'],
    ['endedAt', ['endUtc', 'ENDEDAT'], '2026-01-31T10:00:00Z'],
    ['at', ['AT'], '2026-01-31T10:00:00Z'],
    ['duration', ['DURATION', 'TalkDuration', 'durationSeconds', 'talkduration'], '00:01:05'],
    ['status', ['STATUS_CODE', 'finishtype', 'callType', 'Status'], 'missed'],
    ['toExtension', ['toextension', 'TOEXTENSION'], '102'],
    ['recordingId', ['recId', 'FILES', 'RECID'], '123'],
  ])('of %s mean the same: %j', (canonical, aliases, value) => {
    const base = { callId: 'A1' };
    // `missed` under 3CX's own name also tells the direction.
    const known = (fields: Record<string, unknown>): unknown => {
      const { deliveryKey: _, ...event } = eventOf(
        'call-ended',
        canonical === 'callId' ? fields : { ...base, ...fields },
      );
      return canonical === 'status' ? event.status : event;
    };
    for (const alias of aliases)
      expect([alias, known({ [alias]: value })]).toEqual([alias, known({ [canonical]: value })]);
  });

  it('lose against the canonical name, and an earlier one wins over a later one', () => {
    expect(
      eventOf('call-ended', { PHONE_NUMBER: '+79990000001', callerNumber: '+79990000002', callId: 'A' })
        .callerNumber,
    ).toBe('79990000002');
    expect(accepted('call-ended', { chid: 'B', call_id: 'A' }).callId).toBe('A');
    expect(accepted('call-ended', { CALLID: 'B', callId: 'A', callid: 'C' }).callId).toBe('A');
  });

  it('that differ in letter case only are chosen between in the same way, whatever their order', () => {
    const ids = [
      { CALLID: 'A', callid: 'B' },
      { callid: 'B', CALLID: 'A' },
    ].map((fields) => accepted('call-ended', fields).callId);
    expect(ids[0]).toBe(ids[1]);
  });

  it('stand in for a canonical field that is empty or null', () => {
    expect(eventOf('call-ended', { callId: '', call_id: 'A', extension: null, ext: '101' }).extension).toBe(
      '101',
    );
    expect(
      eventOf('call-ended', { callId: 'A', callerNumber: '', caller: '+79991234567' }).callerNumber,
    ).toBe('79991234567');
  });
});

describe('required fields', () => {
  it('are the call id of every event but a report', () => {
    for (const event of [
      'call-started',
      'call-ringing',
      'call-answered',
      'call-transferred',
      'call-ended',
      'recording-ready',
    ])
      expect(refused(event, { extension: '101' })).toEqual({
        ok: false,
        status: 400,
        reason: 'missing-field',
        errors: [{ field: 'callId', message: 'required' }],
      });
  });

  it.each(['call-ringing', 'call-answered', 'call-transferred'])('are the extension of %s', (event) => {
    expect(refusedFields(event, { callId: 'A', toExtension: '102' })).toEqual(['extension']);
    expect(refusedFields(event, { callId: 'A', extension: '' })).toEqual(['extension']);
    expect(eventOf(event, { callId: 'A', extension: '101' }).extension).toBe('101');
  });

  it('are named all at once', () => {
    expect(refusedFields('call-answered', {})).toEqual(['callId', 'extension']);
    expect(refusedFields('call-answered', { direction: 'up' }).sort()).toEqual([
      'callId',
      'direction',
      'extension',
    ]);
  });
});

describe('the call id', () => {
  it('of a UUID goes to lower case', () => {
    expect(accepted('call-ended', { callId: '00000000-01DC-27DD-CC8A-799100000029' })).toMatchObject({
      callId: '00000000-01dc-27dd-cc8a-799100000029',
      ref: { workflowId: 'call/moscow/00000000-01dc-27dd-cc8a-799100000029' },
    });
  });

  it.each(['a/b', '..%2f', 'a:b', '"quoted"', "'", '$ne', 'x'.repeat(128), '{}', '#', '?', '~'])(
    '%s is used as it is',
    (callId) => {
      expect(accepted('call-ended', { callId }).ref.callId).toBe(callId);
    },
  );

  it.each([
    'a b',
    'ä',
    '😀',
    'x'.repeat(129),
    'x'.repeat(10_000),
    'a\u0000b',
    '\ud800',
    'Unknown',
    'null',
    'undefined',
    12345678901234567890,
  ])('%j is refused', (callId) => {
    expect(refused('call-ended', { callId })).toMatchObject({
      status: 400,
      reason: 'bad-field',
      errors: [{ field: 'callId' }],
    });
  });

  it('may be a JSON number', () => {
    expect(accepted('call-ended', { callId: 41 }).callId).toBe('41');
  });

  it('with the number of the caller shows in no id but the sender’s own', () => {
    const callId = 'trunk-79991234567-5';
    const reading = accepted('call-answered', { callId, extension: '101', callerNumber: '+79991234567' });
    expect(reading.callId).toBe(callId);
    expect(reading.ref.workflowId).toBe(`call/moscow/${reading.ref.callId}`);
    expect(reading.ref.callId).toMatch(/^h-/);
    expect(JSON.stringify([reading.ref, reading.event.deliveryKey])).not.toContain('9991234567');
    expect(accepted('call-ended', { callId }).ref).toEqual(reading.ref);
  });
});

describe('fields that are no object', () => {
  it.each([null, undefined, [], ['a'], 'x', 1, true])('%j are refused', (fields) => {
    expect(refused('call-ended', fields)).toMatchObject({
      status: 400,
      errors: [{ field: 'body' }],
    });
  });
});

describe('keys that mean something to JavaScript', () => {
  it('are unknown fields', () => {
    const fields = JSON.parse(
      '{"callId":"A","__proto__":{"extension":"666"},"constructor":{"prototype":{"extension":"666"}},"toString":1,"hasOwnProperty":2}',
    ) as Record<string, unknown>;
    const reading = accepted('call-ended', fields);
    expect(reading.ignoredFields).toBe(4);
    expect(reading.event.extension).toBeUndefined();
    expect(({} as Record<string, unknown>)['extension']).toBeUndefined();
  });
});

describe('delivery keys', () => {
  const key = (event: string, fields: Record<string, unknown>, deliveryId: string | null = null): string =>
    accepted(event, fields, { deliveryId }).event.deliveryKey;
  const fields = {
    callId: 'A',
    extension: '101',
    callerNumber: '+79991234567',
    startedAt: '2026-01-31T10:00:00',
  };

  it('are the same for a repeat, however it is spelled and whenever it comes', () => {
    expect(
      key('call-answered', {
        CALL_START_DATE: '2026-01-31 10:00',
        caller: '89991234567',
        ext: 'Ext.101',
        chid: 'A',
        other: 1,
      }),
    ).toBe(key('call-answered', fields));
    expect(accepted('call-answered', fields, { receivedAt: new Date() }).event.deliveryKey).toBe(
      key('call-answered', fields),
    );
  });

  it('differ with any fact, the event and the call', () => {
    const keys = [
      key('call-answered', fields),
      key('call-ringing', fields),
      key('call-answered', { ...fields, callId: 'B' }),
      key('call-answered', { ...fields, extension: '102' }),
      key('call-answered', { ...fields, callerNumber: '+79991234568' }),
      key('call-answered', { ...fields, startedAt: '2026-01-31T10:00:01' }),
      key('call-answered', { ...fields, toExtension: '101' }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('come from the delivery id when there is one, and show nothing of it', () => {
    expect(key('call-answered', fields, '79991234567/1')).toBe(
      key('call-ended', { callId: 'A' }, '79991234567/1'),
    );
    expect(key('call-answered', fields, '79991234567/1')).not.toContain('79991234567');
    expect(key('call-answered', { ...fields, deliveryId: 'd1' }, 'd2')).toBe(
      key('call-answered', fields, 'd1'),
    );
    expect(key('call-answered', fields, ' ')).toBe(key('call-answered', fields));
    expect(key('call-answered', fields, 'x'.repeat(10_000)).length).toBeLessThan(100);
  });
});
