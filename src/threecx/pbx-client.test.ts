import { SmallPbx, sendJson } from '../../test/support/small-pbx';
import { ThreecxBench, recordingQuery } from '../../test/support/threecx-bench';
import { testConnection } from '../../test/support/test-connection';
import type { ThreecxContext } from './contract';

let bench: ThreecxBench;
beforeEach(async () => {
  bench = await ThreecxBench.start();
});
afterEach(() => {
  jest.restoreAllMocks();
  return bench.close();
});

const log = /GetCallLogData/;
const range = (): { from: Date; to: Date } => ({ from: new Date(Date.now() - 600_000), to: new Date() });
const ask = (context: ThreecxContext = bench.context()): Promise<unknown> =>
  bench.client.callLog(context, range());

describe('a 401', () => {
  it('is asked again once with a new token', async () => {
    bench.pbx.onJson(log, { value: [] });
    await ask();
    bench.pbx.token = 'minted by somebody else';
    await expect(ask()).resolves.toEqual([]);
    expect(bench.pbx.logIns).toBe(2);
    expect(await bench.noted()).toEqual(['3cx.call-log ok', '3cx.call-log ok']);
  });

  it('twice in a row means that somebody else logs in with our client: wait', async () => {
    bench.pbx.on(log, (_request, response) => sendJson(response, {}, 401), { open: true });
    await expect(ask()).rejects.toMatchObject({
      reaction: 'not-yet',
      reason: 'token-superseded',
      retryAfterMs: 60_000,
    });
    expect(bench.pbx.logIns).toBe(2);
    expect(bench.pbx.requests).toHaveLength(4);
  });

  it('to a given token is for a person', async () => {
    const given = bench.context({ auth: { kind: 'token', token: 'given' } });
    await expect(ask(given)).rejects.toMatchObject({
      reaction: 'authorisation',
      reason: 'threecx-token-refused',
    });
    expect(bench.pbx.requests).toHaveLength(1);
  });
});

describe('an answer', () => {
  const html = '<!DOCTYPE html><html><body>Log in</body></html>';
  it.each<[string, Parameters<SmallPbx['on']>[1], string, string]>([
    ['that is a login page', (_q, r) => r.end(html), 'not-yet', 'not-json'],
    ['that is empty', (_q, r) => r.end(), 'not-yet', 'not-json'],
    ['that is half', (_q, r) => r.end('{"value":[{"Seg'), 'not-yet', 'cut-short'],
    ['of another shape', (_q, r) => sendJson(r, { items: [] }), 'not-yet', 'not-json'],
    [
      'that is a redirect',
      (_q, r) => r.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(),
      'not-yet',
      'redirected',
    ],
    ['of a restarting proxy', (_q, r) => r.writeHead(502).end(html), 'not-yet', 'pbx-busy'],
    [
      'that asks for patience',
      (_q, r) => r.writeHead(429, { 'retry-after': '7' }).end(),
      'not-yet',
      'pbx-busy',
    ],
    ['that says no', (_q, r) => sendJson(r, {}, 403), 'authorisation', 'call-log-right-missing'],
    ['of a PBX without the API', (_q, r) => sendJson(r, {}, 404), 'not-yet', 'xapi-missing'],
    [
      'that breaks off',
      (_q, r) => r.writeHead(200, { 'content-length': '900' }).write('{', () => r.destroy()),
      'not-yet',
      'pbx-unreachable',
    ],
    ['that never comes', (q) => q.socket.destroy(), 'not-yet', 'pbx-unreachable'],
    [
      'larger than any honest one',
      (_q, r) => r.end(Buffer.alloc(9 * 1024 * 1024, 32)),
      'not-yet',
      'answer-too-large',
    ],
  ])('%s is understood', async (_what, handler, reaction, reason) => {
    bench.pbx.on(log, handler);
    await expect(ask()).rejects.toMatchObject({ peer: 'threecx', reaction, reason });
    expect(await bench.noted()).toEqual([`3cx.call-log ${reason}`]);
  });

  it('tells how long to wait when the PBX says so', async () => {
    bench.pbx.on(log, (_request, response) => response.writeHead(503, { 'retry-after': '7' }).end());
    await expect(ask()).rejects.toMatchObject({ retryAfterMs: 7_000 });
  });
});

it('never follows a redirect and never shows the token to another host', async () => {
  const other = await SmallPbx.start();
  bench.pbx.on(log, (_request, response) => response.writeHead(307, { location: `${other.url}/x` }).end());
  await expect(ask()).rejects.toMatchObject({ reason: 'redirected' });
  expect(other.requests).toEqual([]);
  await other.close();
});

it('reports health from every real contact', async () => {
  bench.pbx.onJson(log, { value: [] });
  await ask();
  expect(await bench.health()).toMatchObject({ ok: true });
  bench.pbx.on(log, (_request, response) => response.writeHead(503).end());
  await expect(ask()).rejects.toBeDefined();
  expect(await bench.health()).toMatchObject({
    ok: false,
    reason: 'pbx-busy',
    mend: expect.any(String) as string,
  });
});

it('does not call a file that is not there yet an illness of the connection', async () => {
  bench.pbx.onJson(/DownloadRecording/, {}, 404);
  const recording = {
    id: '7',
    startedAt: null,
    from: { kind: 'path', path: '/xapi/v1/Recordings/Pbx.DownloadRecording(recId=7)' },
  } as const;
  const target = { file: `${bench.dir}/x`, maxBytes: 1_000, progress: () => undefined };
  await expect(bench.client.download(bench.context(), recording, target)).rejects.toMatchObject({
    reason: 'file-not-there',
  });
  expect(await bench.health()).toMatchObject({ ok: true });
});

it('is called off with its signal, and then says nothing about the PBX', async () => {
  bench.pbx.on(log, () => undefined);
  const asking = ask(bench.context({}, AbortSignal.timeout(200)));
  await expect(asking).rejects.toMatchObject({ reason: 'cancelled' });
  expect(await bench.health()).toBeUndefined();
});

it('goes on when the store cannot be written in passing', async () => {
  bench.pbx.onJson(log, { value: [] });
  const { store } = bench.stored;
  jest.spyOn(store.health, 'report').mockRejectedValue(new Error('down'));
  await expect(ask()).resolves.toEqual([]);
});

it.each([
  'http://10.0.0.5',
  'http://pbx.example.com',
  'https://user:pass@pbx.example.com',
  'https://169.254.169.254',
  'https://[::ffff:169.254.169.254]',
  'https://2852039166',
  'ftp://127.0.0.1',
  'nonsense',
])('never calls %s', async (baseUrl) => {
  const connection = { ...testConnection('https://pbx.example.com'), id: 'office' };
  connection.threecx = { ...connection.threecx, baseUrl, auth: { kind: 'token', token: 't' } };
  await expect(ask({ connection, callId: null, attempt: 1 })).rejects.toMatchObject({
    reason: 'forbidden-address',
  });
});

it('reads a long call log in pages and a slow one in halves', async () => {
  const row = (n: number): object => ({ CdrId: `c${n}`, SegmentId: n, StartTime: '2026-03-10T10:00:00Z' });
  bench.pbx.on(log, (request, response) => {
    const url = new URL(request.url ?? '', bench.pbx.url);
    const [from, to] = [...decodeURIComponent(url.pathname).matchAll(/period(?:From|To)=([^,]+)/g)].map((m) =>
      Date.parse(m[1] ?? ''),
    );
    if (to! - from! > 3_600_000) return response.writeHead(504).end('<html>');
    const skip = Number(url.searchParams.get('$skip'));
    expect(url.searchParams.get('$top')).toBe('100');
    sendJson(response, { value: Array.from({ length: skip === 0 ? 100 : 30 }, (_, i) => row(skip + i)) });
  });
  const to = new Date('2026-03-10T12:00:00Z');
  const rows = await bench.client.callLog(bench.context(), { from: new Date(to.getTime() - 7_200_000), to });
  expect(rows).toHaveLength(130);
});

it('gives a report up that stays too slow for the shortest range', async () => {
  bench.pbx.on(log, (_request, response) => response.writeHead(504).end());
  await expect(ask()).rejects.toMatchObject({ reason: 'report-too-long' });
});

it('tells call log rows in the words of the product', async () => {
  bench.pbx.onJson(log, {
    value: [
      {
        StartTime: '2026-03-10T10:05:00.5Z',
        CallHistoryId: null,
        Direction: 'Outbound',
        Answered: false,
        RingingDuration: 'PT9.2S',
        SrcRecId: 7,
        DstRecId: null,
      },
      {
        CdrId: 'x',
        StartTime: '2026-03-10T10:00:00+03:00',
        CallHistoryId: 'H',
        MainCallHistoryId: 'M',
        CallType: 'InboundExternal',
        SourceDn: '10000',
        SourceCallerId: '+79161234567',
        DestinationDn: '101',
        DestinationCallerId: 'Ext.101',
        TalkingDuration: 'PT1M1S',
        Answered: true,
        SrcRecId: null,
        DstRecId: 5,
        Recordings: [{ Id: 5 }, { Id: 6 }],
      },
      { StartTime: null },
    ],
  });
  const rows = await bench.client.callLog(bench.context(), range());
  expect(rows).toEqual([
    {
      historyId: 'H',
      mainHistoryId: 'M',
      startedAt: '2026-03-10T07:00:00.000Z',
      direction: 'inbound',
      sourceDn: '10000',
      sourceNumber: '+79161234567',
      sourceType: null,
      destinationDn: '101',
      destinationNumber: 'Ext.101',
      destinationType: null,
      ringingSeconds: 0,
      talkingSeconds: 61,
      answered: true,
      recordingIds: [5, 6],
    },
    expect.objectContaining({ historyId: null, direction: 'outbound', answered: false, recordingIds: [7] }),
  ]);
});

it('says at once that recordings are switched off', async () => {
  await expect(
    bench.client.findRecordings(bench.context({ recordings: 'off' }), recordingQuery(new Date())),
  ).resolves.toEqual({ state: 'never', reason: 'recording-off' });
  expect(bench.pbx.requests).toEqual([]);
});
