import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { sendJson } from '../../test/support/small-pbx';
import { ThreecxBench } from '../../test/support/threecx-bench';
import type { testConnection } from '../../test/support/test-connection';
import type { DoctorCheck } from '../domain/doctor-check';

let bench: ThreecxBench;
beforeEach(async () => {
  bench = await ThreecxBench.start();
  bench.pbx.on(/^\/$/, (_request, response) => response.end('<html>'), { open: true });
  bench.pbx.on(/\/Defs/, (_request, response) => {
    response.setHeader('x-3cx-version', '20.0.9.1034');
    sendJson(response, { Id: 1 });
  });
  bench.pbx.onJson(/GetCallLogData|\/Recordings/, { value: [] });
});
afterEach(() => bench.close());

const check = (threecx?: Parameters<typeof testConnection>[1]): Promise<DoctorCheck[]> =>
  bench.client.checks(bench.connection(threecx));
const bad = (checks: DoctorCheck[]): string[] =>
  checks.filter(({ ok }) => !ok).map(({ name, detail }) => `${name}: ${detail}`);
const named = (checks: DoctorCheck[], name: string): DoctorCheck | undefined =>
  checks.find((one) => one.name === name);

it('finds nothing wrong with a good connection', async () => {
  const checks = await check();
  expect(bad(checks)).toEqual([]);
  expect(named(checks, 'threecx-version')?.detail).toBe('3CX 20.0.9.1034 with the Configuration API.');
});

it('says what to do about everything that is wrong', async () => {
  bench.pbx.onJson(/GetCallLogData/, {}, 403);
  bench.pbx.onJson(/\/Recordings/, {}, 403);
  bench.pbx.onJson(/\/Defs/, {}, 404);
  const checks = await check();
  expect(bad(checks)).toEqual([
    'threecx-version: xapi-missing (HTTP 404)',
    'threecx-call-log: call-log-right-missing (HTTP 403)',
    'threecx-recordings: recording-right-missing (HTTP 403)',
  ]);
  for (const one of checks.filter(({ ok }) => !ok)) expect(one.mend).toMatch(/\w{3}/);
});

it('asks no further when the PBX cannot be reached', async () => {
  const checks = await bench.client.checks({
    ...bench.connection(),
    threecx: { ...bench.connection().threecx, baseUrl: 'http://127.0.0.1:1' },
  });
  expect(bad(checks)).toEqual(['threecx-address: pbx-unreachable']);
  expect(checks).toHaveLength(1);
});

it('takes the redirect of the start page for an answer', async () => {
  bench.pbx.on(/^\/$/, (_request, response) => response.writeHead(302, { location: '/login' }).end(), {
    open: true,
  });
  expect(bad(await check())).toEqual([]);
});

it('tries a refused secret once more for a person, and not again for a while', async () => {
  const wrong = { auth: { kind: 'client-credentials', clientId: 'bridge', clientSecret: 'bad' } } as const;
  expect(bad(await check(wrong))).toEqual(['threecx-token: threecx-secret-refused (HTTP 400)']);
  for (let times = 0; times < 5; times++) await check(wrong);
  expect(bench.pbx.logIns).toBeLessThanOrEqual(2);
});

it('notices clocks that differ', async () => {
  bench.pbx.on(
    /^\/$/,
    (_request, response) => {
      response.setHeader('date', new Date(bench.clock.now.getTime() - 600_000).toUTCString());
      response.end();
    },
    { open: true },
  );
  bench.pbx.on(/^\/connect\/token/, (_request, response) => response.socket?.destroy(), { open: true });
  const clock = named(await check(), 'threecx-clock');
  expect(clock).toMatchObject({ ok: false, mend: expect.stringContaining('NTP') as string });
  expect(clock?.detail).toMatch(/60[01] s behind/);
});

it('finds no fault in a PBX without a call log when recordings come by call id', async () => {
  bench.pbx.onJson(/GetCallLogData/, {}, 404);
  bench.pbx.onJson(/^\/api\/recordings/, []);
  const checks = await check({ recordings: 'by-call-id' });
  expect(bad(checks)).toEqual([]);
  expect(named(checks, 'threecx-call-log')?.detail).toContain('No call log');
});

it('looks into the folder of recordings', async () => {
  const folder = path.join(bench.dir, 'Recordings');
  expect(bad(await check({ recordings: 'folder', folder }))).toEqual([
    'threecx-recordings: folder-unreadable',
  ]);
  await mkdir(folder);
  await writeFile(path.join(folder, '[A]_101-102_20260310125900(7).wav'), '');
  const checks = await check({ recordings: 'folder', folder });
  expect(named(checks, 'threecx-recordings')?.detail).toContain('(1 files');
});

it('looks the SBC up and says what one-way audio means', async () => {
  const good = named(await check({ sbcAddress: 'localhost:5090' }), 'threecx-sbc');
  expect(good).toMatchObject({ ok: true, mend: expect.stringContaining('One-way audio') as string });
  const lost = named(await check({ sbcAddress: 'sbc.invalid' }), 'threecx-sbc');
  expect(lost).toMatchObject({ ok: false, mend: expect.stringContaining('SIP ALG') as string });
});

it('says that a user is no API client', async () => {
  bench.pbx.on(
    /GetAccessToken/,
    (_request, response) => {
      bench.pbx.token = 'of-user';
      sendJson(response, { Status: 'AuthSuccess', Token: { access_token: 'of-user', expires_in: 60 } });
    },
    { open: true },
  );
  const checks = await check({ auth: { kind: 'user', username: '100', password: 'p' } });
  expect(named(checks, 'threecx-token')).toMatchObject({
    ok: true,
    detail: expect.stringContaining('user') as string,
  });
});
