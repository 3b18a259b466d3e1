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
    workflows: [{ workflowId: 'call/c/a1', status: 'COMPLETED' }],
    leaks: [],
    edits: [
      { extension: '900', name: 'Edit 1', against: null, outcome: 'done' },
      { extension: '900', name: 'Edit 2', against: '"1"', outcome: 'unknown' },
      { extension: '900', name: 'Edit 3', against: '"1"', outcome: 'refused' },
    ],
    mappings: { '900': 'Edit 2' },
    auditRows: [
      { extension: '900', name: 'Edit 1' },
      { extension: '900', name: 'Edit 2' },
    ],
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

  it('tells of each leak', () => {
    const leaks = [{ where: 'the log of the API', what: 'a phone number', count: 2 }];
    expect(found({ leaks })).toEqual(['leak the log of the API a phone number, 2 time(s)']);
  });

  it('takes the code of the call log where nobody took the end, and no other', () => {
    const calls = [{ ...call, statusCode: '603-S', orStatusCode: '480' }, clean];
    expect(found({ calls, rows: [rowOf(call, { statusCode: '480' }), rowOf(clean)] })).toEqual([]);
    expect(found({ calls, rows: [rowOf(call, { statusCode: '304' }), rowOf(clean)] })).toEqual([
      'wrong a1 inbound-answered: statusCode is 304, not 603-S',
    ]);
  });

  it('does not look for a call that nobody can know of, but checks one that is there', () => {
    const calls = [{ ...call, untraceable: true }, clean];
    expect(found({ calls, rows: [rowOf(clean)], activityCallIds: [] })).toEqual([]);
    expect(found({ calls, rows: [rowOf(call), rowOf(call), rowOf(clean)] })).toEqual([
      'doubled a1 inbound-answered: 2 statistics rows',
    ]);
  });

  it('takes no offence at the workflow of such a call that still waits, but at one that failed', () => {
    const calls = [{ ...call, untraceable: true }, clean];
    const workflows = (status: string) => [{ workflowId: 'call/c/a1', status }];
    expect(found({ calls, workflows: workflows('RUNNING') })).toEqual([]);
    expect(found({ calls, workflows: workflows('FAILED') })).toEqual(['workflow call/c/a1 failed']);
  });

  it('takes either user for a call whose owner was dismissed and came back', () => {
    const calls = [{ ...call, orUserId: 1 }, clean];
    expect(found({ calls, rows: [rowOf(call, { userId: 1 }), rowOf(clean)] })).toEqual([]);
    expect(found({ calls, rows: [rowOf(call, { userId: 2 }), rowOf(clean)] })).toEqual([
      'wrong a1 inbound-answered: userId is 2, not 1269',
    ]);
  });

  it('finds a fault that was planned and never came', () => {
    const faults = [{ kind: 'temporal-killed', matrix: 'F14', planned: 2, hits: 0 }];
    expect(found({ faults })).toEqual(['never-hit temporal-killed planned 2 time(s)']);
  });

  it('finds a fault of every moment that never came', () => {
    const faults = [{ kind: 'answers lost', matrix: 'F32', planned: null, hits: 0 }];
    expect(found({ faults })).toEqual(['never-hit answers lost at work all the time']);
  });

  it('finds edits that were acknowledged and are not there', () => {
    expect(found({ auditRows: [{ extension: '900', name: 'Edit 2' }] })).toEqual([
      'edit extension 900 Edit 1: acknowledged, and no audit row',
    ]);
    expect(found({ mappings: { '900': 'Edit 1' } })).toEqual([
      'edit extension 900 shows Edit 1; the last audit row is Edit 2',
    ]);
    expect(found({ mappings: {} })).toEqual([
      'edit extension 900 shows nothing; the last audit row is Edit 2',
    ]);
  });

  it('finds edits that were done twice, and done though they were refused', () => {
    const twice = ['Edit 1', 'Edit 2', 'Edit 2'].map((name) => ({ extension: '900', name }));
    expect(found({ auditRows: twice })).toEqual(['edit extension 900 Edit 2: 2 audit rows']);
    const refused = ['Edit 1', 'Edit 3', 'Edit 2'].map((name) => ({ extension: '900', name }));
    expect(found({ auditRows: refused })).toEqual([
      'edit extension 900 Edit 3: refused, and done all the same',
    ]);
  });

  it('finds a lost update: two edits of one state, and both acknowledged', () => {
    const edits = ['Edit 1', 'Edit 2'].map((name) => ({
      ...{ extension: '900', name, against: '"1"' },
      outcome: 'done' as const,
    }));
    expect(found({ edits })).toEqual(['edit extension 900 an update is lost: Edit 1 and Edit 2']);
  });
});
