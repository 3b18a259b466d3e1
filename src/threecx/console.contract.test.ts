import { ThreecxLab, expectedIds, queryOf } from '../../test/support/threecx-lab';

let lab: ThreecxLab;
const auth = { kind: 'user', username: '300', password: 'good' } as const;
const console18 = { recordings: 'console', auth } as const;

beforeEach(async () => {
  lab = await ThreecxLab.start();
  lab.pbx.control.addExtension({ number: '300', password: 'good' });
});
afterEach(() => lab.close());

const requests = (): string[] =>
  lab.pbx.control.requests('console').map(({ address, status }) => `${address.split('?')[0]} ${status}`);

it('finds and fetches the recording of a v18 by its console', async () => {
  const call = await lab.playOne('inbound-answered');
  lab.pbx.control.clock.advance(120_000);
  await expect(lab.find(queryOf(call), console18)).resolves.toBe(expectedIds(call));
  await expect(lab.fetch(queryOf(call), console18)).resolves.toEqual(lab.digestsOf(call));
  expect(requests().filter((one) => one.startsWith('/api/login'))).toHaveLength(1);
});

it.each(['outbound-answered', 'queue', 'anonymous'] as const)(
  'finds the recording of %s',
  async (scenario) => {
    const call = await lab.playOne(scenario);
    lab.pbx.control.clock.advance(120_000);
    await expect(lab.find(queryOf(call), console18)).resolves.toBe(expectedIds(call));
  },
);

it('keeps two calls from one number apart', async () => {
  const calls = await lab.play('same-number-twice');
  lab.pbx.control.clock.advance(120_000);
  for (const call of calls) await expect(lab.find(queryOf(call), console18)).resolves.toBe(expectedIds(call));
});

it('opens a new session when the PBX has forgotten the old one', async () => {
  const call = await lab.playOne('inbound-answered');
  lab.pbx.control.clock.advance(120_000);
  await lab.find(queryOf(call), console18);
  lab.pbx.control.restart();
  await expect(lab.find(queryOf(call), console18)).resolves.toBe(expectedIds(call));
  expect(requests().filter((one) => one.startsWith('/api/login'))).toHaveLength(2);
});

it('tries a refused password once, whatever is asked and by whom', async () => {
  const call = await lab.playOne('inbound-answered');
  lab.pbx.control.clock.advance(120_000);
  const wrong = { ...console18, auth: { ...auth, password: 'bad' } };
  const second = lab.makeClient();
  for (const client of [lab.client, lab.client, second])
    await expect(client.findRecordings(lab.context(wrong), queryOf(call))).rejects.toMatchObject({
      reason: 'threecx-secret-refused',
      reaction: 'authorisation',
    });
  expect(requests()).toHaveLength(1);
  await expect(lab.find(queryOf(call), console18)).resolves.toBe(expectedIds(call));
});

it('says in the doctor what was seen of the console', async () => {
  const checks = await lab.client.checks(lab.connection(console18));
  expect(checks.filter(({ ok }) => !ok)).toEqual([]);
  expect(checks.find(({ name }) => name === 'threecx-recordings')?.detail).toContain('best effort');
});
