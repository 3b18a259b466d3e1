import type { DoctorCheck } from '../../src/domain/doctor-check';
import type { AuthKind, Lab } from './portal-lab';
import { LabDatabase } from './portal-lab';

const databases = new LabDatabase();
beforeAll(() => databases.open());
afterAll(() => databases.close());

let lab: Lab;
afterEach(() => lab.close());

const event = 'ONEXTERNALCALLSTART';
const handler = 'http://127.0.0.1:3000/webhooks/bitrix24/lab/events';
const elsewhere = 'https://old.example.com/webhooks/bitrix24/lab/events?key=canary';

const bind = (to = handler): Promise<void> => lab.client.bindEvent(lab.context(), { event, handler: to });
const bindings = (): unknown[] => lab.sim.control.state.bindings;

describe('binding the event of a click', () => {
  it.each(['empty', 'ERROR_CORE'] as const)(
    'binds it once, however often it is asked for (codes %s)',
    async (errorCodeStyle) => {
      lab = await databases.lab('application', { switches: { errorCodeStyle } });
      await bind();
      await bind();
      expect(bindings()).toMatchObject([{ event, handler, authType: 0 }]);
      // The address of an earlier installation is another handler.
      await bind(elsewhere);
      expect(bindings()).toHaveLength(2);
    },
  );

  it('has the portal send its clicks there', async () => {
    lab = await databases.lab('application');
    await bind('http://127.0.0.1:9/events');
    const { sent } = await lab.sim.control.clickToCall({ userId: 1269, number: '79991234567' });
    expect(sent).toMatchObject([{ event, handler: 'http://127.0.0.1:9/events' }]);
  });

  it('is refused to a webhook', async () => {
    lab = await databases.lab('webhook');
    await expect(bind()).rejects.toMatchObject({ reaction: 'authorisation', reason: 'wrong-auth-type' });
    expect(bindings()).toEqual([]);
  });

  it.each([
    ['without the scope telephony', ['user', 'crm'], handler, 'event-not-offered'],
    ['to an address without a dot', undefined, 'http://localhost:3000/events', 'handler-address-refused'],
    ['to no web address', undefined, 'ftp://bridge.example.com/events', 'handler-address-refused'],
  ])('is refused for good %s, with what to do', async (_, scopes, to, reason) => {
    lab = await databases.lab('application', { scopes });
    await expect(bind(to)).rejects.toMatchObject({ reaction: 'refused', reason });
  });

  it('may be repeated after an answer that was lost', async () => {
    lab = await databases.lab('application');
    lab.sim.control.faults.add({ kind: 'lose-answer', method: 'event.bind' });
    await expect(bind()).rejects.toMatchObject({ reaction: 'not-yet', reason: 'answer-lost' });
    await bind();
    expect(bindings()).toHaveLength(1);
  });
});

describe('the doctor’s word on clicks', () => {
  const checked = async (): Promise<DoctorCheck> => {
    const before = JSON.stringify(bindings());
    const checks = await lab.client.checks(lab.connection, { eventHandler: handler });
    expect(JSON.stringify(bindings())).toBe(before);
    return checks.find((one) => one.name === 'bitrix24-clicks')!;
  };
  const open = async (kind: AuthKind, installed: boolean): Promise<void> => {
    lab = await databases.lab(kind);
    const { auth } = lab.connection.bitrix24;
    if (auth.kind === 'application' && installed)
      auth.applicationToken = lab.sim.control.application.applicationToken;
  };

  it('for a webhook: it cannot bind events, and need not', async () => {
    await open('webhook', false);
    expect(await checked()).toMatchObject({
      ok: true,
      detail: expect.stringContaining('An incoming webhook cannot bind events') as string,
      mend: expect.stringContaining('local application') as string,
    });
    expect(lab.sim.control.requestCount('event.get')).toBe(0);
  });

  it('for an application that was installed: bound, or what to do about it', async () => {
    await open('application', true);
    expect(await checked()).toMatchObject({
      ok: false,
      detail: `${event} is not bound: clicks on a number are not told to us.`,
      mend: expect.stringContaining('again') as string,
    });
    await bind(elsewhere);
    const moved = await checked();
    expect(moved).toMatchObject({ ok: false, mend: expect.stringContaining('PUBLIC_URL') as string });
    expect(moved.detail).toContain('https://old.example.com)');
    expect(JSON.stringify(moved)).not.toContain('canary');
    await bind();
    expect(await checked()).toMatchObject({
      ok: true,
      detail: expect.stringContaining('is bound') as string,
    });
  });

  it('for one whose tokens were entered by hand: nobody asked for clicks, but half a set-up is told', async () => {
    await open('application', false);
    expect(await checked()).toMatchObject({ ok: true, mend: expect.any(String) as string });
    await bind();
    expect(await checked()).toMatchObject({
      ok: false,
      detail: expect.stringContaining('no application token') as string,
    });
  });

  it('for a portal that does not tell: it says so, and fails nobody', async () => {
    await open('application', true);
    const refusal = { status: 404, code: 'ERROR_METHOD_NOT_FOUND' };
    lab.sim.control.faults.add({ kind: 'refuse', method: 'event.get', ...refusal });
    expect(await checked()).toMatchObject({ ok: true });
  });
});
