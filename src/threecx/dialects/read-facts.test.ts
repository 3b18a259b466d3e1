import { accepted, eventOf, refused, refusedFields } from '../../../test/support/read-webhook';

describe('the caller', () => {
  it('is untold when no field names one', () => {
    expect(eventOf('call-ended', { callId: 'A' })).not.toHaveProperty('callerNumber');
    expect(eventOf('call-ended', { callId: 'A', callerNumber: null })).not.toHaveProperty('callerNumber');
  });

  it.each(['', '  ', 'anonymous', 'Restricted', '+', 'sip:anonymous@anonymous.invalid', 'Ivan'])(
    'without number is anonymous: %j',
    (callerNumber) => {
      expect(eventOf('call-ended', { callId: 'A', callerNumber }).callerNumber).toBe('');
    },
  );

  it('may be a JSON number or a short one', () => {
    expect(eventOf('call-ended', { callId: 'A', callerNumber: 79991234567 }).callerNumber).toBe(
      '79991234567',
    );
    expect(eventOf('call-ended', { callId: 'A', callerNumber: '102' }).callerNumber).toBe('102');
  });

  it('that 3CX writes as an extension makes the call internal, unless the direction was told', () => {
    expect(eventOf('call-ended', { callId: 'A', callerNumber: 'Ext.102' })).toMatchObject({
      callerNumber: '102',
      direction: 'internal',
    });
    expect(eventOf('call-ended', { callId: 'A', callerNumber: 'Ext.102', direction: 1 }).direction).toBe(
      'inbound',
    );
  });

  it('is read in the plan of the connection', () => {
    const connection = { id: 'berlin', timeZone: 'Europe/Berlin', country: 'DE' };
    expect(
      accepted('call-ended', { callId: 'A', caller: '030 1234567' }, { connection }).event.callerNumber,
    ).toBe('49301234567');
  });
});

describe('direction', () => {
  it.each([
    [1, 'inbound'],
    ['1', 'inbound'],
    ['Inbound', 'inbound'],
    ['INBOUND', 'inbound'],
    ['InboundExternal', 'inbound'],
    [2, 'outbound'],
    ['outbound', 'outbound'],
    ['OutboundExternal', 'outbound'],
    ['internal', 'internal'],
    ['Local', 'internal'],
  ])('%j is %s', (direction, expected) => {
    expect(eventOf('call-ended', { callId: 'A', direction }).direction).toBe(expected);
  });

  it.each([0, 3, 4, '1.0', 'both', '١', true, {}, ['1']])('%j is refused', (direction) => {
    expect(refusedFields('call-ended', { callId: 'A', direction })).toEqual(['direction']);
  });
});

describe('status', () => {
  it.each([
    ['answered', 'answered', undefined],
    ['Missed', 'missed', undefined],
    ['BUSY', 'busy', undefined],
    ['declined', 'declined', undefined],
    ['cancelled', 'cancelled', undefined],
    ['canceled', 'cancelled', undefined],
    ['failed', 'failed', undefined],
    ['200', '200', undefined],
    [304, '304', undefined],
    ['603-s', '603-S', undefined],
    ['other', 'OTHER', undefined],
    ['Inbound', 'answered', 'inbound'],
    ['Outbound', 'answered', 'outbound'],
    ['Notanswered', 'missed', 'outbound'],
    ['Not answered', 'missed', 'outbound'],
    ['Unanswered', 'missed', 'outbound'],
    ['Local', undefined, 'internal'],
    ['Ok', 'answered', undefined],
  ])('%j is %s and tells the direction %s', (status, expected, direction) => {
    const event = eventOf('call-ended', { callId: 'A', status });
    expect([event.status, event.direction]).toEqual([expected, direction]);
  });

  it('tells a missed inbound call when it is 3CX’s call type', () => {
    expect(eventOf('call-ended', { callId: 'A', callType: 'Missed' })).toMatchObject({
      status: 'missed',
      direction: 'inbound',
    });
  });

  it('never overrules a told direction, and a call type beside a status still tells one', () => {
    expect(eventOf('call-ended', { callId: 'A', status: 'Inbound', direction: 'outbound' }).direction).toBe(
      'outbound',
    );
    expect(eventOf('call-ended', { callId: 'A', status: 'busy', callType: 'Notanswered' })).toMatchObject({
      status: 'busy',
      direction: 'outbound',
    });
  });

  it.each(['487', 'great', '20', true, { $ne: '' }])('%j is refused', (status) => {
    expect(refusedFields('call-ended', { callId: 'A', status })).toEqual(['status']);
  });
});

describe('extension', () => {
  it.each([
    ['101', '101'],
    [101, '101'],
    ['0101', '0101'],
    [' 101 ', '101'],
    ['101\n', '101'],
    ['Ext.101', '101'],
    ['ext 101', '101'],
    ['*77', '*77'],
  ])('%j is %s', (extension, expected) => {
    expect(eventOf('call-answered', { callId: 'A', extension }).extension).toBe(expected);
  });

  it.each([
    '１０１',
    '١٠١',
    'HOL',
    'Ivan',
    '1'.repeat(17),
    '1'.repeat(10_000),
    '101\n102',
    '10 1',
    101.5,
    -101,
    true,
    ['101'],
    { $ne: null },
    { $gt: '' },
  ])('%j is refused', (extension) => {
    expect(refused('call-answered', { callId: 'A', extension })).toMatchObject({
      status: 400,
      reason: 'bad-field',
      errors: [{ field: 'extension' }],
    });
  });
});

describe('durations and instants', () => {
  it.each([-1, '-5', 'long', '1:99', 1e20, {}, [65], false])('the duration %j is refused', (duration) => {
    expect(refusedFields('call-ended', { callId: 'A', duration })).toEqual(['duration']);
  });

  it('a fraction of seconds is rounded and minus nothing is nothing', () => {
    expect(eventOf('call-ended', { callId: 'A', duration: 64.6 }).durationSeconds).toBe(65);
    expect(eventOf('call-ended', { callId: 'A', duration: -0 }).durationSeconds).toBe(0);
  });

  it.each(['startedAt', 'answeredAt', 'endedAt', 'at', 'CALL_START_DATE'])(
    '%s in the culture of a PBX is refused with the rule',
    (field) => {
      for (const value of ['12/31/2026 23:59', 1769842800, '1769842800000', '0001-01-01T00:00:00Z']) {
        const { errors } = refused('call-ended', { callId: 'A', [field]: value });
        expect(errors).toEqual([{ field, message: expect.stringContaining('ISO 8601') }]);
      }
    },
  );
});

describe('an announced recording', () => {
  it.each([
    ['123', '123'],
    [123, '123'],
    ['rec-1_2.wav', 'rec-1_2.wav'],
    ['https://evil.example/x.wav', undefined],
    ['//evil.example/x', undefined],
    ['../../etc/passwd', undefined],
    ['a..b', undefined],
    ['x'.repeat(129), undefined],
    ['file:///etc/passwd', undefined],
    ['101\\x', undefined],
  ])('%j is known as %s', (recordingId, expected) => {
    expect(eventOf('recording-ready', { callId: 'A', recordingId }).recordingId).toBe(expected);
  });

  it('may come as a list of files, of which no address is kept', () => {
    const event = eventOf('recording-ready', { callId: 'A', FILES: ['https://pbx/webapi/recording/1.mp3'] });
    expect(JSON.stringify(event)).not.toContain('pbx');
    expect(
      accepted('recording-ready', { callId: 'A', 'FILES[]': 'https://pbx/1.mp3', 'files[1]': 'x' })
        .ignoredFields,
    ).toBe(0);
  });

  it('is refused as an object', () => {
    expect(refusedFields('recording-ready', { callId: 'A', recordingId: { $ne: null } })).toEqual([
      'recordingId',
    ]);
    expect(refusedFields('recording-ready', { callId: 'A', recordingId: ['1'] })).toEqual(['recordingId']);
  });
});

describe('values of the wrong type', () => {
  it.each([
    'callId',
    'extension',
    'callerNumber',
    'direction',
    'did',
    'startedAt',
    'duration',
    'status',
    'toExtension',
    'deliveryId',
  ])('are refused in %s, and null is absent', (field) => {
    const base = { callId: 'A', extension: '101' };
    for (const value of [[], ['x'], {}, { $ne: null }, { toString: 'x' }, true, false, 'x'.repeat(10_000)])
      expect(refusedFields('call-ended', { ...base, [field]: value })).toEqual([field]);
    if (field !== 'callId') accepted('call-ended', { ...base, [field]: null });
  });

  it('of operator fields in a form are unknown fields', () => {
    expect(refusedFields('call-ended', { 'callId[$ne]': '1', 'extension[$gt]': '' })).toEqual(['callId']);
  });

  it('never show in an error', () => {
    const { errors } = refused('call-ended', {
      callId: 'a 79991234567',
      callerNumber: ['+79991234567'],
      did: { a: '79991234567' },
      duration: '79991234567',
    });
    expect(errors).toHaveLength(4);
    expect(JSON.stringify(errors)).not.toContain('9991234567');
  });
});

describe('a call that was forwarded out of the PBX', () => {
  it.each([true, 1, '1', 'true', ' Yes '])('is told by %j', (forwarded) => {
    expect(eventOf('call-ended', { callId: 'A', forwarded })).toMatchObject({ forwarded: true });
  });

  it.each([false, 0, '', 'no', '+79035550011', '%Forwarded%', null, {}])(
    'is not told by %j, which may be somebody’s own field and refuses nothing',
    (forwarded) => {
      const event = eventOf('call-ended', { callId: 'A', forwarded });
      expect(event).not.toHaveProperty('forwarded');
      expect(event.deliveryKey).toBe(eventOf('call-ended', { callId: 'A' }).deliveryKey);
    },
  );
});
