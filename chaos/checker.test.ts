import { check } from './checker';
import type { CallToFind, Evidence, SeenRow } from './evidence';

const call: CallToFind = {
  callId: 'a1',
  externalCallId: 'c/a1',
  scenario: 'inbound-answered',
  userId: 1269,
  number: '79167770001',
  lineNumber: '74951234567',
  type: 2,
  statusCode: '200',
  durationSeconds: 20,
  startedAtMs: 1_700_000_000_000,
  recordingSha256: 'aa',
  cleanFromMs: null,
};
const clean: CallToFind = {
  ...call,
  callId: 'b2',
  externalCallId: 'c/b2',
  number: '79167770002',
  recordingSha256: null,
  cleanFromMs: 1_700_000_200_000,
};

function rowOf(of: CallToFind, more: Partial<SeenRow> = {}): SeenRow {
  const { callId, cleanFromMs, ...fields } = of;
  return {
    ...fields,
    callId: `externalCall.${callId}`,
    finishedAtMs: (cleanFromMs ?? 1_700_000_100_000) + 1_000,
    ...more,
  };
}

/** Two calls, one of the fault phase and one after it, and all is well. */
function evidence(more: Partial<Evidence> = {}): Evidence {
  return {
    calls: [call, clean],
    rows: [rowOf(call), rowOf(clean)],
    activityCallIds: ['externalCall.a1', 'externalCall.b2'],
    openRegistrations: [],
    leadNumbers: [['79167770001'], ['79167770002']],
    workflows: [
      { workflowId: 'call/c/a1', status: 'COMPLETED' },
      { workflowId: 'call/c/b2', status: 'COMPLETED' },
    ],
    texts: [{ where: 'the log of the API', text: '{"msg":"The call …01 is finished","at":1700000000000}' }],
    secrets: { 'the webhook token': 'hook-token-1' },
    faults: [{ kind: 'worker-killed-after-register', matrix: 'F02', planned: 1, hits: 1 }],
    healedAtMs: 1_700_000_100_000,
    healLimitMs: 60_000,
    cleanLimitMs: 5_000,
    ...more,
  };
}

function found(more: Partial<Evidence>): string[] {
  return check(evidence(more)).map(({ kind, subject, detail }) => `${kind} ${subject} ${detail}`);
}

describe('the checker', () => {
  it('finds nothing where nothing is wrong', () => {
    expect(found({})).toEqual([]);
  });

  it('finds a call that is not in the portal', () => {
    expect(found({ rows: [rowOf(clean)], activityCallIds: [] })).toEqual([
      'lost a1 inbound-answered: not in the portal',
    ]);
  });

  it('tells a call that was never finished from one that was never registered', () => {
    const open = { callId: 'externalCall.a1', externalCallId: 'c/a1', number: call.number };
    expect(found({ rows: [rowOf(clean)], activityCallIds: [], openRegistrations: [open] })).toEqual([
      'lost a1 inbound-answered: registered and never finished',
    ]);
  });

  it('finds two rows of one call', () => {
    const rows = [rowOf(call), rowOf(clean), rowOf(call, { callId: 'externalCall.other' })];
    expect(found({ rows })).toEqual(['doubled a1 inbound-answered: 2 statistics rows']);
  });

  it('finds a row under an id that no call has, by its number', () => {
    const rows = [rowOf(call), rowOf(clean), rowOf(call, { externalCallId: 'c/report-1' })];
    expect(found({ rows })).toEqual([
      'doubled a1 a statistics row under c/report-1, which names no call that was made',
    ]);
  });

  it('finds a registration left open beside the finished call', () => {
    const open = { callId: 'externalCall.x', externalCallId: 'c/a1', number: call.number };
    expect(found({ openRegistrations: [open] })).toEqual([
      'doubled a1 an open registration externalCall.x beside the finished call',
    ]);
  });

  it('takes no offence at the call that a finish broken off midway left open under its own CALL_ID', () => {
    const open = { callId: 'externalCall.a1', externalCallId: 'c/a1', number: call.number };
    expect(found({ openRegistrations: [open] })).toEqual([]);
  });

  it('finds two activities of one call, and one of no call', () => {
    expect(found({ activityCallIds: ['externalCall.a1', 'externalCall.a1', 'externalCall.z'] })).toEqual([
      'doubled externalCall.a1 2 activities',
      'doubled externalCall.z an activity without a statistics row',
    ]);
  });

  it('finds two leads of one call', () => {
    expect(found({ leadNumbers: [['79167770001'], ['79167770001']] })).toEqual(['doubled a1 2 leads']);
  });

  it.each<[keyof SeenRow, SeenRow[keyof SeenRow], string]>([
    ['userId', 1, 'userId is 1, not 1269'],
    ['number', '79160000000', 'number is another one'],
    ['lineNumber', null, 'lineNumber is null, not 74951234567'],
    ['type', 1, 'type is 1, not 2'],
    ['statusCode', '304', 'statusCode is 304, not 200'],
    ['durationSeconds', 0, 'durationSeconds is 0, not 20'],
    ['startedAtMs', 1_700_000_001_000, 'startedAtMs is 1700000001000, not 1700000000000'],
  ])('finds a wrong %s', (field, value, detail) => {
    expect(found({ rows: [rowOf(call, { [field]: value }), rowOf(clean)] })).toEqual([
      `wrong a1 inbound-answered: ${detail}`,
    ]);
  });

  it.each([
    [{ recordingSha256: null }, 'recording a1 inbound-answered: the recording is not attached'],
    [
      { recordingSha256: 'bb' },
      'recording a1 inbound-answered: the attached recording is another one, or damaged',
    ],
  ])('finds what is wrong with a recording: %j', (more, what) => {
    expect(found({ rows: [rowOf(call, more), rowOf(clean)] })).toEqual([what]);
  });

  it('finds a recording where there can be none', () => {
    expect(found({ rows: [rowOf(call), rowOf(clean, { recordingSha256: 'aa' })] })).toEqual([
      'recording b2 inbound-answered: a recording is attached to a call that has none',
    ]);
  });

  it('finds calls that came late, after the faults and without any', () => {
    const rows = [
      rowOf(call, { finishedAtMs: 1_700_000_160_001 }),
      rowOf(clean, { finishedAtMs: 1_700_000_205_001 }),
    ];
    expect(found({ rows })).toEqual([
      'late a1 inbound-answered: 60001 ms after the last fault; the limit is 60000 ms',
      'late b2 inbound-answered: 5001 ms for a call without any fault; the limit is 5000 ms',
    ]);
  });

  it.each(['FAILED', 'TERMINATED', 'TIMED_OUT', 'RUNNING'])('finds a workflow that is %s', (status) => {
    expect(found({ workflows: [{ workflowId: 'call/c/a1', status }] })).toEqual([
      `workflow call/c/a1 ${status.toLowerCase()}`,
    ]);
  });

  it('finds secrets and numbers in texts, and shows neither', () => {
    const texts = [
      { where: 'the log of the API', text: 'Bearer hook-token-1; to +79167770002 or 8-9167770002' },
      { where: 'the metrics', text: 'calls_total{extension="101"} 4' },
    ];
    expect(found({ texts })).toEqual([
      'leak the log of the API the webhook token, 1 time(s)',
      'leak the log of the API a phone number, 2 time(s)',
    ]);
  });

  it('finds a fault that was planned and never came', () => {
    const faults = [{ kind: 'temporal-killed', matrix: 'F14', planned: 2, hits: 0 }];
    expect(found({ faults })).toEqual(['never-hit temporal-killed planned 2 time(s)']);
  });
});
