import { ThreecxLab, expectedIds, queryOf } from '../../test/support/threecx-lab';

let lab: ThreecxLab;
beforeEach(async () => {
  lab = await ThreecxLab.start();
});
afterEach(() => lab.close());

describe('the token', () => {
  it('is shared by two processes', async () => {
    const call = await lab.playOne('inbound-answered');
    const other = lab.makeClient();
    await Promise.all([lab.client, other].map((one) => one.findRecordings(lab.context(), queryOf(call))));
    expect(lab.pbx.control.mintedTokens).toBe(1);
  });

  it('is fetched again when another program took it from us', async () => {
    const call = await lab.playOne('inbound-answered');
    await lab.find(queryOf(call));
    lab.pbx.control.mintToken();
    await expect(lab.find(queryOf(call))).resolves.toBe(expectedIds(call));
    expect(lab.pbx.control.mintedTokens).toBe(3);
  });

  it.each(['minutes', 'seconds'] as const)(
    'lives as long as it says, with expires_in in %s',
    async (expiresIn) => {
      lab.pbx.control.set({ expiresIn });
      const call = await lab.playOne('inbound-answered');
      await lab.find(queryOf(call));
      lab.pbx.control.clock.advance(45 * 60_000);
      await lab.find(queryOf(call));
      expect(lab.pbx.control.mintedTokens).toBe(1);
      lab.pbx.control.clock.advance(4 * 60_000);
      await lab.find(queryOf(call));
      expect(lab.pbx.control.mintedTokens).toBe(2);
    },
  );

  it('is never asked for often enough with a bad secret to be blocked', async () => {
    const call = await lab.playOne('inbound-answered');
    const bad = { auth: { kind: 'client-credentials', clientId: 'bridge', clientSecret: 'bad' } } as const;
    const clients = [lab.client, lab.makeClient(), lab.makeClient()];
    for (const one of [...clients, ...clients, ...clients])
      await expect(one.findRecordings(lab.context(bad), queryOf(call))).rejects.toMatchObject({
        reason: 'threecx-secret-refused',
      });
    expect(lab.pbx.control.failedLogins).toBe(1);
    expect(lab.pbx.control.blocked).toEqual([]);
    await expect(lab.find(queryOf(call))).resolves.toBe(expectedIds(call));
  });

  it('comes by the log-in of a user too', async () => {
    lab.pbx.control.addExtension({ number: '190', password: 'p', role: 'system_owners' });
    const call = await lab.playOne('inbound-answered');
    const user = { auth: { kind: 'user', username: '190', password: 'p' } } as const;
    await expect(lab.find(queryOf(call), user)).resolves.toBe(expectedIds(call));
  });
});

describe('faults', () => {
  it.each<[string, Parameters<ThreecxLab['pbx']['control']['faults']['add']>[0], string]>([
    ['a restarting proxy', { kind: 'html-503', endpoint: 'recordings' }, 'pbx-busy'],
    ['an answer lost twice', { kind: 'lose-answer', endpoint: 'recordings', count: 2 }, 'pbx-unreachable'],
    ['two resets', { kind: 'reset', endpoint: 'recordings', count: 2 }, 'pbx-unreachable'],
    ['half an answer', { kind: 'half-json', endpoint: 'recordings' }, 'cut-short'],
    ['a login page', { kind: 'html-200', endpoint: 'recordings' }, 'not-json'],
    ['a redirect', { kind: 'redirect', endpoint: 'recordings' }, 'redirected'],
  ])('are waited out: %s', async (_what, fault, reason) => {
    const call = await lab.playOne('inbound-answered', { recordings: { callLogDelayMs: Infinity } });
    lab.pbx.control.faults.add(fault);
    await expect(lab.find(queryOf(call))).rejects.toMatchObject({ reaction: 'not-yet', reason });
    await expect(lab.find(queryOf(call))).resolves.toBe(expectedIds(call));
  });

  it.each<[string, Parameters<ThreecxLab['pbx']['control']['faults']['add']>[0], string]>([
    ['no file yet', { kind: 'file-not-found', endpoint: 'download' }, 'file-not-there'],
    ['a cut body', { kind: 'cut', endpoint: 'download' }, 'cut-short'],
    ['a wrong length', { kind: 'wrong-length', endpoint: 'download' }, 'cut-short'],
    ['a login page', { kind: 'html-200', endpoint: 'download' }, 'not-audio'],
    ['a missing right', { kind: 'forbidden', endpoint: 'download' }, 'recording-right-missing'],
  ])('of a download leave nothing behind: %s', async (_what, fault, reason) => {
    const call = await lab.playOne('inbound-answered');
    lab.pbx.control.faults.add(fault);
    await expect(lab.fetch(queryOf(call))).rejects.toMatchObject({ reason });
    await expect(lab.fetch(queryOf(call))).resolves.toEqual(lab.digestsOf(call));
  });

  it('survive an expired token in the middle', async () => {
    const call = await lab.playOne('inbound-answered');
    lab.pbx.control.faults.add({ kind: 'expire-token', endpoint: 'download' });
    await expect(lab.fetch(queryOf(call))).resolves.toHaveLength(1);
  });
});

it('finds nothing wrong with a good PBX, and leaves no trace in it', async () => {
  const checks = await lab.client.checks(lab.connection());
  expect(checks.filter(({ ok }) => !ok)).toEqual([]);
  expect(checks.map(({ name }) => name)).toEqual([
    'threecx-address',
    'threecx-token',
    'threecx-clock',
    'threecx-version',
    'threecx-call-log',
    'threecx-recordings',
  ]);
  expect(checks.find(({ name }) => name === 'threecx-version')?.detail).toContain('20.0.9');
  expect(
    lab.pbx.control.requests().every(({ method, endpoint }) => method === 'GET' || endpoint === 'token'),
  ).toBe(true);
});
