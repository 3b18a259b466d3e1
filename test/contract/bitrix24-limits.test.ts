import type { UploadReservation } from '../../src/bitrix24';
import type { PeerError } from '../../src/domain/peer-error';
import type { Lab } from './portal-lab';
import { LabDatabase, parameters } from './portal-lab';

const databases = new LabDatabase();
beforeAll(() => databases.open());
afterAll(() => databases.close());

let lab: Lab;
afterEach(() => lab.close());

const show = (): Promise<boolean> => lab.client.show(lab.context(), 'externalCall.x', [1]);

describe('the portal’s limits', () => {
  it('slow every worker down after one refusal', async () => {
    lab = await databases.lab();
    lab.sim.control.faults.add({ kind: 'rate-limited' });
    await expect(show()).rejects.toMatchObject({ reaction: 'not-yet', reason: 'rate-limited' });
    const other = await lab.anotherWorker();
    const refused = (await other.client.show(lab.context(), 'x', [1]).catch((error) => error)) as PeerError;
    expect(refused).toMatchObject({ reaction: 'not-yet', reason: 'portal-budget' });
    expect(refused.retryAfterMs).toBeGreaterThan(1_000);
    expect(lab.sim.control.requestCount()).toBe(1);
  });

  it.each([
    ['standard', 48, 2],
    ['enterprise', 240, 5],
  ] as const)('of the %s plan are kept, whatever is asked at once', async (plan, room, perSecond) => {
    lab = await databases.lab('webhook', { switches: { plan } });
    const begun = Date.now();
    const asked = await Promise.allSettled(
      Array.from({ length: room + 40 }, () => lab.client.hide(lab.context(), 'x', [1], 'register')),
    );
    const leakedAtMost = Math.ceil(((Date.now() - begun) / 1000) * perSecond) + 1;
    expect(lab.sim.control.requestCount()).toBeLessThanOrEqual(room + leakedAtMost);
    const refused = asked.flatMap((one) => (one.status === 'rejected' ? [one.reason as PeerError] : []));
    for (const error of refused) {
      expect(error.reaction).toBe('not-yet');
      expect(error.retryAfterMs).toBeGreaterThan(0);
    }
    expect(refused.length).toBeGreaterThanOrEqual(40 - leakedAtMost);
  });

  it('let an upload pass that was paid for beforehand, if it comes soon', async () => {
    lab = await databases.lab();
    const wanted = { bitrix24CallId: 'externalCall.x', fileName: 'a.wav', file: '/dev/null', bytes: 0 };
    const reason = (reserved?: UploadReservation): Promise<string> =>
      lab.client
        .attachRecord(lab.context(), { ...wanted, reserved })
        .then(String, (error: PeerError) => error.reason);
    const reserved = await lab.client.reserveUpload(lab.context());
    lab.sim.control.faults.add({ kind: 'rate-limited' });
    await show().catch(() => undefined);
    expect(await reason()).toBe('portal-budget');
    expect(await reason({ takenAtMs: reserved.takenAtMs - 11_000 })).toBe('portal-budget');
    await expect(lab.client.reserveUpload(lab.context())).rejects.toMatchObject({ reason: 'portal-budget' });
    expect(lab.sim.control.requestCount()).toBe(1);
    expect(await reason(reserved)).not.toBe('portal-budget');
    expect(lab.sim.control.requestCount()).toBe(2);
  });

  it('let nobody begin what he cannot end: a line is named by two requests, or by none', async () => {
    lab = await databases.lab();
    const line = { number: '74951234567', name: 'Moscow', crmAutoCreate: false };
    await lab.client.nameLine(lab.context(), line);
    const asked = lab.sim.control.requestCount();
    // Room for one, up to the share of the background.
    await databases.setLevel(lab.sim.url, 8.9);
    await expect(lab.client.nameLine(lab.context(), line)).rejects.toMatchObject({ reason: 'portal-budget' });
    expect(lab.sim.control.requestCount()).toBe(asked);
  });

  it('are shared by two connections on one portal', async () => {
    lab = await databases.lab();
    lab.sim.control.faults.add({ kind: 'rate-limited' });
    await show().catch(() => undefined);
    const auth = { kind: 'webhook', url: lab.sim.control.addWebhook().url } as const;
    const second = { ...lab.connection, id: 'second', bitrix24: { ...lab.connection.bitrix24, auth } };
    await expect(lab.client.show(lab.context({ connection: second }), 'x', [1])).rejects.toMatchObject({
      reason: 'portal-budget',
    });
  });

  it('of one method’s run time hold that method up and no other, nor another application', async () => {
    lab = await databases.lab();
    const method = 'telephony.externalcall.show';
    lab.sim.control.faults.add({ kind: 'operating-limited', method });
    await expect(show()).rejects.toMatchObject({ reaction: 'not-yet', reason: 'method-blocked' });
    const again = (await show().catch((error) => error)) as PeerError;
    expect(again).toMatchObject({ reaction: 'not-yet', reason: 'method-blocked', status: null });
    expect(again.retryAfterMs).toBeGreaterThan(5_000);
    expect(again.retryAfterMs).toBeLessThanOrEqual(600_000);
    await lab.client.register(lab.context(), parameters(lab));
    const auth = { kind: 'webhook', url: lab.sim.control.addWebhook().url } as const;
    const other = { ...lab.connection, bitrix24: { ...lab.connection.bitrix24, auth } };
    await expect(lab.client.show(lab.context({ connection: other }), 'x', [1])).resolves.toBe(false);
  });

  it('wait for the time that the last good answer named', async () => {
    lab = await databases.lab('webhook', {
      switches: { costsSeconds: { 'telephony.externalcall.show': 300 } },
    });
    await show();
    await show();
    const refused = (await show().catch((error) => error)) as PeerError;
    expect(refused.reason).toBe('method-blocked');
    // Both runs fell into the current minute, which drops out in nine to ten minutes.
    expect(refused.retryAfterMs).toBeGreaterThan(8 * 60_000);
    expect(refused.retryAfterMs).toBeLessThanOrEqual(10 * 60_000);
  });

  it('stop what can wait before the portal does, and live work only when it says so', async () => {
    const costsSeconds = { 'user.get': 410, 'telephony.externalcall.show': 410 };
    lab = await databases.lab('webhook', { switches: { costsSeconds } });
    await lab.client.users(lab.context());
    await expect(lab.client.users(lab.context())).rejects.toMatchObject({ reason: 'method-blocked' });
    await show();
    await expect(show()).resolves.toBe(false);
  });

  it('of a manual block keep everything of this webhook back for a quarter of an hour', async () => {
    lab = await databases.lab();
    lab.sim.control.faults.add({ kind: 'overloaded' });
    await expect(show()).rejects.toMatchObject({ reason: 'portal-overload-block', retryAfterMs: 900_000 });
    const refused = (await lab.client
      .register(lab.context(), parameters(lab))
      .catch((error) => error)) as PeerError;
    // Whoever waits reads what happened, and until when.
    expect(refused).toMatchObject({ reaction: 'not-yet', reason: 'portal-overload-block', status: null });
    expect(refused.mend).toMatch(/support to lift it\. It is asked again at \d{4}-\d\d-\d\dT[\d:]{8}Z\.$/);
    expect(refused.retryAfterMs).toBeGreaterThan(890_000);
    expect(lab.sim.control.requestCount()).toBe(1);
  });

  it('let a long list of users through, page by page', async () => {
    const users = Array.from({ length: 620 }, (_, index) => ({
      id: index + 1,
      extension: String(1000 + index),
    }));
    lab = await databases.lab('webhook', { users });
    const found = await lab.client.users(lab.context());
    expect(found).toHaveLength(620);
    expect(lab.sim.control.requestCount('user.get')).toBe(13);
  });
});
