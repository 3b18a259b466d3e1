import { Client, Connection } from '@temporalio/client';
import type { Played, PlayOptions } from '../../simulators/threecx/play-options';
import type { ScenarioName } from '../../simulators/threecx/scenarios';
import { eventually } from '../support/eventually';
import { temporalAddress } from '../support/servers';
import { Lab, users } from './lab';

jest.setTimeout(120_000);

const register = 'telephony.externalcall.register';
const minuteMs = 60_000;

let lab: Lab;
let callers = 79_160_000_000;

beforeAll(async () => {
  lab = await Lab.open();
  await lab.start('api');
  await lab.start('worker');
  await lab.connect();
  // Only when it is ordered, so that a test sees what it ordered.
  await lab.admin('PATCH', `connections/${lab.connection}`, { rules: { reconcileMinutes: 1440 } });
});
afterAll(() => lab.close());

/** A call some minutes ago, from a client of its own, so that the log shows it and nobody waits for more of it. */
async function play(scenario: ScenarioName, options: PlayOptions = {}): Promise<Played['calls'][0]> {
  callers += 1;
  const { calls } = await lab.pbx.control.play(scenario, {
    startAt: Date.now() - 6 * minuteMs,
    recordings: { callLogDelayMs: 0, recordingDelayMs: 0, fileDelayMs: 0 },
    recordingReady: false,
    ...options,
    cast: { caller: String(callers), agents: ['201', '202'], did: '74951234567', ...options.cast },
  });
  return calls[0]!;
}

/** Rows in the portal for one outside number. */
function rowsOf(callerNumber: string): { callId: string; startedAt: number }[] {
  return lab.portal.control.statistics.filter((row) => row.number === callerNumber) as never;
}

describe('the look at the call log', () => {
  it('registers a call that nobody told, with its true start, line, person and recording, and no card', async () => {
    const played = await play('blind-transfer');
    const cards = lab.portal.control.requests(register).length;
    expect((await lab.reconcile()).healed).toContainEqual({ callId: played.historyId, what: 'whole-call' });
    const call = await lab.settled(played.historyId);
    expect(call).toMatchObject({
      direction: 'inbound',
      extension: '202',
      userId: users['202'],
      lineNumber: '74951234567',
      status: '200',
      startedAt: played.startedAt,
      durationSeconds: played.durationSeconds,
      recording: { state: 'attached' },
    });
    expect(call.events.every(({ source }) => source === 'call-log')).toBe(true);
    const [row, ...more] = rowsOf(played.callerNumber);
    expect(more).toEqual([]);
    expect(row!.startedAt).toBe(Math.floor(Date.parse(played.startedAt) / 1000) * 1000);
    const requests = lab.portal.control.requests(register).slice(cards);
    expect(requests.map(({ params }) => Number((params as { SHOW?: unknown }).SHOW))).toEqual([0]);
  });

  it('changes nothing when it is repeated', async () => {
    const played = await play('inbound-missed');
    await lab.reconcile();
    await lab.settled(played.historyId);
    const again = await lab.reconcile();
    expect(again.healed).toEqual([]);
    expect(again.lookedAt).toBeGreaterThan(0);
    expect(rowsOf(played.callerNumber)).toHaveLength(1);
  });

  it.each(['history', 'callid'] as const)(
    'tells the end that was lost, to a call known by its %s',
    async (idForm) => {
      const played = await play('inbound-answered', {
        to: lab.target,
        idForm,
        faults: { lose: ['call-ended'] },
      });
      await lab.callThat(played.callId, (call) => call.bitrix24CallId !== null, 'the call is registered');
      const { healed } = await lab.reconcile();
      expect(healed).toEqual([{ callId: played.callId, what: 'end' }]);
      const call = await lab.settled(played.callId);
      expect(call).toMatchObject({ status: '200', durationSeconds: played.durationSeconds });
      expect(rowsOf(played.callerNumber)).toHaveLength(1);
    },
  );

  it('has nothing to do when only the start was lost', async () => {
    const played = await play('inbound-answered', {
      to: lab.target,
      faults: { lose: ['call-started', 'call-ringing', 'call-answered'] },
    });
    await lab.settled(played.callId);
    expect((await lab.reconcile()).healed).toEqual([]);
    expect(rowsOf(played.callerNumber)).toHaveLength(1);
  });

  it.each<[string, PlayOptions]>([
    ['the counter of the PBX', { idForm: 'callid' }],
    ['an add-on', { sources: ['add-on'] }],
    ['a report without id', { sources: ['report'] }],
  ])('doubles no call that was told under %s', async (_name, options) => {
    const played = await play('inbound-answered', { to: lab.target, ...options });
    await eventually(() => rowsOf(played.callerNumber).length === 1, 'the call is written', 30_000);
    expect((await lab.reconcile()).healed).toEqual([]);
    expect(rowsOf(played.callerNumber)).toHaveLength(1);
  });

  it('takes a call up again whose workflow was terminated by hand, and registers nothing anew', async () => {
    const played = await play('inbound-answered', { to: lab.target, faults: { lose: ['call-ended'] } });
    const before = await lab.callThat(
      played.callId,
      (call) => call.bitrix24CallId !== null,
      'the call is registered',
    );
    const registered = lab.portal.control.requestCount(register);
    await eventually(async () => {
      const { requests } = await lab.call(played.callId);
      return requests.some(({ outcome }) => outcome === 'ok');
    }, 'the ledger knows the registration');
    const connection = await Connection.connect({ address: temporalAddress() });
    await new Client({ connection }).workflow.getHandle(before.workflowId).terminate('a test');
    await connection.close();
    expect((await lab.reconcile()).healed).toEqual([{ callId: played.callId, what: 'restarted' }]);
    const call = await lab.settled(played.callId);
    expect(call).toMatchObject({ bitrix24CallId: before.bitrix24CallId, status: '200' });
    expect(call.recording.state).toBe('attached');
    expect(lab.portal.control.requestCount(register)).toBe(registered);
    expect(rowsOf(played.callerNumber)).toHaveLength(1);
    expect((await lab.reconcile()).healed).toEqual([]);
  });

  it('does all of it once when two ask at the same time', async () => {
    const played = await play('queue');
    const both = await Promise.all([lab.reconcile(), lab.reconcile()]);
    expect(both[0].healed).toContainEqual({ callId: played.historyId, what: 'whole-call' });
    await lab.settled(played.historyId);
    expect(rowsOf(played.callerNumber)).toHaveLength(1);
  });

  it('leaves internal calls alone, and calls that have just ended for later', async () => {
    await play('internal');
    const fresh = await play('inbound-answered', { startAt: undefined });
    const { healed, notHealed } = await lab.reconcile();
    expect(healed).toEqual([]);
    expect(notHealed).toContainEqual(
      expect.objectContaining({ callId: fresh.historyId, reason: 'just-ended' }),
    );
  });

  it('says what it lacks when the PBX refuses the call log, and makes up for it later', async () => {
    const played = await play('inbound-answered');
    lab.pbx.control.faults.add({ kind: 'forbidden', endpoint: 'call-log' });
    const refused = await lab.reconcile();
    expect(refused).toMatchObject({ healed: [], lookedAt: 0 });
    expect(refused.notHealed).toEqual([
      { reason: 'call-log-right-missing', mend: expect.stringContaining('System Owner') as string },
    ]);
    const { health } = await lab.admin<{ health: { threecx: { ok: boolean; reason?: string } } }>(
      'GET',
      `connections/${lab.connection}`,
    );
    expect(health.threecx).toMatchObject({ ok: false, reason: 'call-log-right-missing' });
    expect((await lab.reconcile()).healed).toContainEqual({ callId: played.historyId, what: 'whole-call' });
    await lab.settled(played.historyId);
  });

  it('comes by itself, after everything was down while calls were made', async () => {
    await lab.admin('PATCH', `connections/${lab.connection}`, { rules: { reconcileMinutes: 1 } });
    await Promise.all(lab.processes.splice(0).map((one) => one.stop('SIGKILL')));
    const played = await play('outbound-answered');
    await lab.start('api');
    await lab.start('worker');
    await eventually(() => rowsOf(played.callerNumber).length === 1, 'the call is written', 60_000);
    const call = await lab.settled(played.historyId);
    expect(call).toMatchObject({ direction: 'outbound', userId: users['201'], startedAt: played.startedAt });
  });
});

describe('a call that ended with facts untold', () => {
  it('gets its line, its person and its number from the call log before it is written', async () => {
    const played = await play('moscow-to-petersburg');
    await lab.send('call-ended', { callId: played.historyId, endedAt: played.endedAt });
    const call = await lab.settled(played.historyId);
    expect(call).toMatchObject({
      extension: '201',
      userId: users['201'],
      did: '74951234567',
      lineNumber: '74951234567',
      status: '200',
      durationSeconds: played.durationSeconds,
    });
    expect(call.events.map(({ source }) => source)).toEqual(['webhook', 'call-log']);
    expect(rowsOf(played.callerNumber)).toHaveLength(1);
  });
});
