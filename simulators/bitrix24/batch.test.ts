import { TestPortal } from './test-client';

interface BatchResult {
  result: unknown;
  result_error: unknown;
  result_total: unknown;
  result_time: unknown;
}

describe('batch', () => {
  let portal: TestPortal;
  beforeEach(async () => (portal = await TestPortal.start()));
  afterEach(() => portal.close());

  const batch = async (cmd: unknown, halt = 0): Promise<BatchResult> => {
    const { status, body } = await portal.call<BatchResult>('batch', { cmd, halt });
    expect(status).toBe(200);
    return body.result;
  };

  it('runs commands in order and lets one use the result of another', async () => {
    const result = await batch({
      reg: 'telephony.externalCall.register?USER_ID=1269&PHONE_NUMBER=5550001&TYPE=2',
      fin: 'telephony.externalCall.finish?CALL_ID=$result[reg][CALL_ID]&USER_ID=1269',
    });
    expect(result.result).toMatchObject({ reg: { CALL_ID: expect.any(String) }, fin: { ID: 5001 } });
    expect(result.result_error).toEqual([]);
    expect(result.result_time).toMatchObject({ fin: { operating: 1.5 } });
  });

  it('tells errors one by one, with an empty code and outer status 200', async () => {
    const result = await batch({ bad: 'telephony.externalCall.register', time: 'server.time' });
    expect(result.result_error).toEqual({
      bad: { error: '', error_description: 'USER_ID or USER_PHONE_INNER should be set' },
    });
    expect(result.result).toEqual({ time: expect.any(String) });
  });

  it('stops after the first error when told to halt', async () => {
    const result = await batch({ bad: 'no.such.method', time: 'server.time' }, 1);
    expect(result.result).toEqual([]);
  });

  it('runs the first fifty and refuses the others', async () => {
    const result = await batch(Array.from({ length: 52 }, () => 'server.time'));
    expect(result.result).toHaveLength(50);
    expect(Object.keys(result.result_error as object)).toEqual(['50', '51']);
    expect(result.result_error).toMatchObject({ 50: { error: 'ERROR_BATCH_LENGTH_EXCEEDED' } });
  });

  it('refuses a batch in a batch and an upload in a batch', async () => {
    const callId = await portal.finishedCall();
    const result = await batch({
      inner: 'batch?cmd[a]=server.time',
      record: `telephony.externalCall.attachRecord?CALL_ID=${callId}&FILENAME=a.mp3`,
    });
    expect(result.result_error).toMatchObject({
      inner: { error: 'ERROR_BATCH_METHOD_NOT_ALLOWED' },
      record: { error: 'ERROR_BATCH_METHOD_NOT_ALLOWED' },
    });
  });

  it('costs one request of the rate bucket, and the run time of every method in it', async () => {
    portal.control.set({ operatingLimitSeconds: 0.5 });
    const one = 'telephony.externalCall.register?USER_ID=1269&PHONE_NUMBER=5550001&TYPE=2';
    const result = await batch({ a: one, b: one, c: one, d: one });
    expect(Object.keys(result.result as object)).toEqual(['a', 'b', 'c']);
    expect(result.result_error).toMatchObject({ d: { error: 'OPERATION_TIME_LIMIT' } });
    for (let sent = 1; sent < 50; sent += 1) await portal.call('server.time');
    expect((await portal.call('server.time')).status).toBe(503);
  });
});
