import { closedCall } from '../support/closed-call';
import { createBitrix24Client } from '../../src/bitrix24';
import type { DoctorCheck } from '../../src/domain/doctor-check';
import type { Lab } from './portal-lab';
import { LabDatabase, parameters } from './portal-lab';

const databases = new LabDatabase();
beforeAll(() => databases.open());
afterAll(() => databases.close());

let lab: Lab;
afterEach(() => lab.close());

const ours = { eventHandler: 'http://127.0.0.1:3000/webhooks/bitrix24/lab/events' };
const check = async (): Promise<Record<string, DoctorCheck>> =>
  Object.fromEntries((await lab.client.checks(lab.connection, ours)).map((one) => [one.name, one]));
const failed = async (): Promise<string[]> =>
  Object.values(await check())
    .filter((one) => !one.ok)
    .map((one) => one.name);

/** A call of this user, finished at the portal and in the ledger. */
async function finishedCall(userId: number): Promise<void> {
  const externalCallId = `${lab.connection.id}/of-${userId}`;
  const { bitrix24CallId } = await lab.client.register(
    lab.context(),
    parameters(lab, { userId, externalCallId }),
  );
  await lab.client.finish(lab.context(), {
    bitrix24CallId,
    userId,
    durationSeconds: 10,
    statusCode: '200',
    addToChat: false,
  });
  const view = { ...closedCall(`of-${userId}`, new Date(lab.now()).toISOString()), userId, bitrix24CallId };
  await lab.store.calls.save(lab.connection.id, view, 1, { closed: true });
}

describe('the doctor’s Bitrix24 half', () => {
  it.each(['webhook', 'application'] as const)(
    'finds nothing wrong with a good %s and leaves no trace',
    async (kind) => {
      lab = await databases.lab(kind, { threecx: { sbcAddress: undefined } });
      const checks = await check();
      expect(await failed()).toEqual([]);
      expect(Object.keys(checks)).toEqual([
        'bitrix24-connection',
        'bitrix24-clock',
        'bitrix24-scopes',
        'bitrix24-register',
        'bitrix24-statistics',
        'bitrix24-fallback-user',
        'bitrix24-lines',
        'bitrix24-clicks',
        'bitrix24-sip-lines',
      ]);
      const { openCalls, statistics, activities, lines, cards, state } = lab.sim.control;
      const traces = [openCalls, statistics, activities, lines, cards, state.bindings];
      expect(traces.flat()).toEqual([]);
    },
  );

  it('says one thing when the portal cannot be had at all', async () => {
    lab = await databases.lab();
    lab.sim.control.webhook.secret = 'changed';
    const checks = await lab.client.checks(lab.connection, ours);
    expect(checks).toMatchObject([
      { name: 'bitrix24-connection', ok: false, detail: expect.stringContaining('credentials-refused') },
    ]);
    expect(checks[0]?.mend).toMatch(/webhook/);
  });

  it('asks again at once when credentials were refused before: somebody is mending them', async () => {
    lab = await databases.lab();
    const good = lab.sim.control.webhook.secret;
    lab.sim.control.webhook.secret = 'changed';
    await lab.client.checks(lab.connection, ours);
    await lab.client.checks(lab.connection, ours);
    lab.sim.control.webhook.secret = good;
    expect(await failed()).toEqual([]);
  });

  it('finds a portal that takes telephony from applications only', async () => {
    lab = await databases.lab('webhook', { switches: { authPolicy: 'appOnly' } });
    const checks = await check();
    expect(checks['bitrix24-register']).toMatchObject({
      ok: false,
      detail: expect.stringContaining('wrong-auth-type'),
      mend: expect.stringContaining('local application'),
    });
    lab.sim.control.set({ authPolicy: 'both' });
    expect(await failed()).toEqual([]);
    // Its good answer opens the method for calls as well.
    await lab.client.register(lab.context(), parameters(lab));
  });

  it('finds missing scopes, a missing right, and a portal too old to look calls up', async () => {
    lab = await databases.lab('webhook', { scopes: ['telephony'], switches: { statisticsRight: false } });
    expect(await failed()).toEqual(['bitrix24-scopes', 'bitrix24-statistics', 'bitrix24-fallback-user']);
  });

  it('finds a role that may not see the calls of all, as soon as calls were finished', async () => {
    lab = await databases.lab();
    lab.sim.control.set({ ownStatisticsOnly: true });
    expect((await check())['bitrix24-statistics']).toMatchObject({
      ok: true,
      detail: expect.stringContaining('shows with the first finished calls'),
    });
    for (const userId of [1, 1269, 1270]) await finishedCall(userId);
    expect((await check())['bitrix24-statistics']).toMatchObject({
      ok: false,
      detail: expect.stringContaining('user 1270, 1269 is not among'),
      mend: expect.stringContaining('of all users'),
    });
    lab.sim.control.set({ ownStatisticsOnly: false });
    expect((await check())['bitrix24-statistics']).toMatchObject({
      ok: true,
      detail: expect.stringContaining('Those of 3 users'),
    });
  });

  it('finds a fallback user who has left or never was', async () => {
    lab = await databases.lab('webhook', { rules: { fallbackUserId: 1272 } });
    expect((await check())['bitrix24-fallback-user']).toMatchObject({
      ok: false,
      detail: 'User 1272 is dismissed.',
    });
    lab.connection.rules.fallbackUserId = 4711;
    expect((await check())['bitrix24-fallback-user']).toMatchObject({
      ok: false,
      detail: 'User 4711 does not exist.',
    });
  });

  it('finds a clock that is off', async () => {
    lab = await databases.lab();
    const { checks } = createBitrix24Client({
      store: lab.store,
      log: lab.deps().log,
      httpTimeoutMs: 3_000,
      clock: () => new Date(Date.now() - 300_000),
    });
    const clock = (await checks(lab.connection, ours)).find((one) => one.name === 'bitrix24-clock');
    expect(clock).toMatchObject({ ok: false, detail: expect.stringMatching(/(299|300|301) s ahead/) });
  });

  it('says which mapped lines the portal has not seen, and that it has no SIP line to the SBC', async () => {
    lab = await databases.lab('webhook', { threecx: { sbcAddress: 'sbc.example.com' } });
    const value = { lineNumber: '74951234567' };
    await lab.store.lines.put(
      lab.connection.id,
      { key: '74951234567', value, origin: 'manual' },
      { id: 'tester' },
    );
    const checks = await check();
    expect(checks['bitrix24-lines']).toMatchObject({ ok: true, detail: expect.stringContaining('1 mapped') });
    expect(checks['bitrix24-sip-lines']).toMatchObject({
      ok: true,
      detail: expect.stringContaining('None of 0'),
    });
  });
});
