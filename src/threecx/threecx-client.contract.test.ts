import type { ScenarioName } from '../../simulators/threecx/scenarios';
import { ThreecxLab, expectedIds, queryOf } from '../../test/support/threecx-lab';

let lab: ThreecxLab;
beforeEach(async () => {
  lab = await ThreecxLab.start();
});
afterEach(() => lab.close());

describe('by call log', () => {
  it.each<[ScenarioName, string[]]>([
    ['inbound-answered', ['101']],
    ['ring-group', ['102']],
    ['queue', ['102']],
    ['blind-transfer', ['101', '102']],
    ['outbound-answered', ['101']],
    ['anonymous', ['101']],
  ])('finds the recordings of %s', async (scenario, extensions) => {
    const call = await lab.playOne(scenario);
    expect(call.recordings.length).toBeGreaterThan(0);
    await expect(lab.find(queryOf(call, { extensions }))).resolves.toBe(expectedIds(call));
  });

  it.each([false, true])(
    'finds the recordings of a call that was passed on after a consultation, recorded: %p',
    async (recordInternalCalls) => {
      lab.pbx.control.set({ recordInternalCalls });
      const [call, consultation] = await lab.play('attended-transfer');
      expect(consultation?.recordings.length).toBe(recordInternalCalls ? 1 : 0);
      const query = queryOf(call!, { extensions: ['101', '102'] });
      await expect(lab.find(query)).resolves.toBe(expectedIds(call!));
      await expect(lab.find({ ...query, callId: String(call!.callid) })).resolves.toBe(expectedIds(call!));
    },
  );

  it('brings the bytes as they are', async () => {
    const call = await lab.playOne('blind-transfer');
    const digests = lab.digestsOf(call);
    await expect(lab.fetch(queryOf(call, { extensions: ['101', '102'] }))).resolves.toEqual(digests);
  });

  it('keeps two calls from one number apart', async () => {
    const calls = await lab.play('same-number-twice');
    for (const call of calls) await expect(lab.find(queryOf(call))).resolves.toBe(expectedIds(call));
  });

  it('knows after a while that nothing was recorded', async () => {
    const call = await lab.playOne('recording-off');
    await expect(lab.find(queryOf(call))).resolves.toBe('not-yet row-without-recording');
    lab.pbx.control.clock.advance(901_000);
    await expect(lab.find(queryOf(call))).resolves.toBe('never not-recorded');
  });

  it.each(['20.0.6', '20.0.9', '20.0.10'] as const)('works with 3CX %s', async (version) => {
    lab.pbx.control.set({ version });
    const call = await lab.playOne('inbound-answered');
    await expect(lab.find(queryOf(call))).resolves.toBe(expectedIds(call));
  });

  it('reads the rows that reconciling needs', async () => {
    const call = await lab.playOne('inbound-answered');
    const range = {
      from: new Date(Date.parse(call.startedAt) - 60_000),
      to: new Date(lab.pbx.control.clock.now()),
    };
    const rows = await lab.client.callLog(lab.context(), range);
    const talk = rows.find(({ answered }) => answered);
    expect(talk).toMatchObject({
      historyId: call.historyId,
      direction: 'inbound',
      destinationDn: '101',
      talkingSeconds: 60,
      recordingIds: call.recordings.map(({ id }) => id),
    });
  });
});

describe('without history ids', () => {
  it('finds the recording on a build before 20.0.6', async () => {
    lab.pbx.control.set({ version: '20.0.5' });
    const call = await lab.playOne('inbound-answered');
    await expect(lab.find(queryOf(call))).resolves.toBe(expectedIds(call));
  });

  it('finds the recording of a call known by its number only', async () => {
    const call = await lab.playOne('inbound-answered', { idForm: 'callid' });
    await expect(lab.find(queryOf(call))).resolves.toBe(expectedIds(call));
  });

  it('keeps two calls from one number apart', async () => {
    const calls = await lab.play('same-number-twice', { idForm: 'callid' });
    for (const call of calls) await expect(lab.find(queryOf(call))).resolves.toBe(expectedIds(call));
  });

  it.each(['plus', 'digits', 'zeros', 'national'] as const)(
    'reads numbers written as %s',
    async (numberForm) => {
      lab.pbx.control.set({ numberForm });
      const call = await lab.playOne('inbound-answered', { idForm: 'callid' });
      await expect(lab.find(queryOf(call))).resolves.toBe(expectedIds(call));
    },
  );
});

describe('by time window', () => {
  beforeEach(() => {
    lab.pbx.control.apiClient.role = 'system_admins';
    lab.pbx.control.faults.add({ kind: 'forbidden', endpoint: 'call-log', count: Infinity });
    lab.pbx.control.faults.add({ kind: 'forbidden', endpoint: 'inbound-calls', count: Infinity });
  });

  it.each<ScenarioName>(['inbound-answered', 'outbound-answered', 'anonymous', 'queue'])(
    'finds the recording of %s without the right to the call log',
    async (scenario) => {
      const call = await lab.playOne(scenario);
      await expect(lab.find(queryOf(call))).resolves.toBe(expectedIds(call));
    },
  );

  it('keeps two calls from one number apart', async () => {
    const calls = await lab.play('same-number-twice');
    for (const call of calls) await expect(lab.find(queryOf(call))).resolves.toBe(expectedIds(call));
  });

  it('takes no recording of the next call of the same client', async () => {
    const first = await lab.playOne('inbound-answered', { recordings: { recordingDelayMs: Infinity } });
    // The next one begins five seconds after the first one's end.
    lab.pbx.control.clock.advance(61_000);
    const second = await lab.playOne('inbound-answered');
    await expect(lab.find(queryOf(first))).resolves.toMatch(/^not-yet/);
    await expect(lab.find(queryOf(second))).resolves.toBe(expectedIds(second));
  });
});

describe('by the announced id', () => {
  it('finds the recording before the call log has the call', async () => {
    const call = await lab.playOne('inbound-answered', { recordings: { callLogDelayMs: Infinity } });
    const recordingId = expectedIds(call);
    await expect(lab.find(queryOf(call, { recordingId }))).resolves.toBe(recordingId);
  });
});

describe('by call id', () => {
  const byCallId = { recordings: 'by-call-id', recordingsPath: '/api/recordings' } as const;

  it.each(['list', 'array'] as const)('finds the recordings, told as %s', async (byCallIdShape) => {
    lab.pbx.control.set({ byCallIdShape });
    const call = await lab.playOne('blind-transfer');
    const digests = lab.digestsOf(call);
    await expect(lab.fetch(queryOf(call), byCallId)).resolves.toEqual(digests);
  });

  it('waits for the list to fill', async () => {
    const { calls } = await lab.pbx.control.play('inbound-answered', {
      recordings: { recordingDelayMs: 60_000 },
    });
    await expect(lab.find(queryOf(calls[0]!), byCallId)).resolves.toBe('not-yet row-missing');
    lab.pbx.control.clock.advance(61_000);
    await expect(lab.find(queryOf(calls[0]!), byCallId)).resolves.toBe(expectedIds(calls[0]!));
  });

  it('takes a relative reference', async () => {
    lab.pbx.control.set({ byCallIdAddress: 'relative' });
    const call = await lab.playOne('inbound-answered');
    await expect(lab.fetch(queryOf(call), byCallId)).resolves.toHaveLength(1);
  });

  it.each(['absolute', 'foreign'] as const)('refuses an address that is %s', async (byCallIdAddress) => {
    lab.pbx.control.set({ byCallIdAddress });
    const call = await lab.playOne('inbound-answered');
    await expect(lab.find(queryOf(call), byCallId)).rejects.toMatchObject({ reason: 'foreign-address' });
  });

  it('takes no recording of an earlier call under a number that the PBX used again', async () => {
    const calls = await lab.play('pbx-restart', { idForm: 'callid' });
    expect(calls[0]!.callId).toBe(calls[1]!.callId);
    for (const call of calls)
      await expect(lab.find(queryOf(call), byCallId)).resolves.toBe(expectedIds(call));
  });
});
