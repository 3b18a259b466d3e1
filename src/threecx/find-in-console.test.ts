import { sendJson } from '../../test/support/small-pbx';
import { ThreecxBench, recordingQuery } from '../../test/support/threecx-bench';
import type { ConsoleRow } from './console-list';
import { readConsoleSession } from './console-session';
import type { RecordingQuery } from './contract';
import { pickFromConsole } from './find-in-console';
import type { Clocks } from './match-call';

/** The call: 09:58:50 to 10:00:00, answered at 09:59:00. */
const endedAt = new Date('2026-03-10T10:00:00Z');
const row = (Id: string, extra: Partial<ConsoleRow> = {}): ConsoleRow => ({
  Id,
  Date: '2026-03-10T09:59:01Z',
  Participants: ['101'],
  CallerNumber: '+79161234567',
  DID: '74951234567',
  ...extra,
});
const oneClock: Clocks = { skewMs: 0, toldBy: 'unknown', settled: true };
const pick = (rows: ConsoleRow[], extra: Partial<RecordingQuery> = {}, clocks = oneClock): string => {
  const picked = pickFromConsole(rows, recordingQuery(endedAt, extra), clocks);
  return typeof picked === 'string' ? picked : picked.map((one) => one.row.Id).join(' ');
};
const at = (time: string): Partial<ConsoleRow> => ({ Date: `2026-03-10T${time}Z` });

describe('among the rows of the console', () => {
  it.each<[string, ConsoleRow[], Partial<RecordingQuery>, string]>([
    ['takes the one that fits', [row('a')], {}, 'a'],
    ['reads a number written nationally', [row('a', { CallerNumber: '8 (916) 123-45-67' })], {}, 'a'],
    ['reads a participant as Ext.101', [row('a', { Participants: ['Ext.101'] })], {}, 'a'],
    ['reads a participant with a name before', [row('a', { Participants: ['Ann (101)'] })], {}, 'a'],
    ['reads a participant with a name behind', [row('a', { Participants: ['101 Ann'] })], {}, 'a'],
    [
      'reads an outside number among the participants',
      [row('a', { Participants: ['101', '+79161234567'], CallerNumber: '101' })],
      { direction: 'outbound' },
      'a',
    ],
    ['takes one that names no extension', [row('a', { Participants: ['Ann'] })], {}, 'a'],
    [
      'takes a hidden caller by extension and time',
      [row('a', { CallerNumber: '' })],
      { callerNumber: '' },
      'a',
    ],
    ['takes one whose DID is the name of a rule', [row('a', { DID: 'Main office' })], {}, 'a'],
    ['counts from the end when nobody told the answer', [row('a')], { answeredAt: null }, 'a'],
    ['leaves another number', [row('a', { CallerNumber: '+79160000000' })], {}, 'row-missing'],
    ['leaves another extension', [row('a', { Participants: ['102'] })], {}, 'row-missing'],
    ['leaves another DID', [row('a', { DID: '74957654321' })], {}, 'row-missing'],
    ['leaves the call before', [row('a', at('09:58:00'))], {}, 'row-missing'],
    ['leaves the call after', [row('a', at('10:00:10'))], {}, 'row-missing'],
    ['leaves one that begins long after the answer', [row('a', at('09:59:40'))], {}, 'row-missing'],
    ['leaves one without a date', [row('a', { Date: null })], {}, 'row-missing'],
    ['takes neither of two that fit', [row('a'), row('b', at('09:59:30'))], {}, 'ambiguous'],
    ['takes neither of two at one moment', [row('a'), row('b')], {}, 'ambiguous'],
    [
      'takes neither of two that name nobody',
      [row('a', { Participants: [] }), row('b', { Participants: [] })],
      {},
      'ambiguous',
    ],
    [
      'takes neither when one that names nobody fits too',
      [row('a'), row('b', { Participants: [] })],
      {},
      'ambiguous',
    ],
    [
      'takes every part of a call that was passed on, in order',
      [row('b', { Participants: ['102'], ...at('09:59:40') }), row('a')],
      { extensions: ['101', '102'] },
      'a b',
    ],
    [
      'takes no two talks of one person in a call that was passed on',
      [row('a'), row('b', at('09:59:40'))],
      { extensions: ['101', '102'] },
      'ambiguous',
    ],
  ])('%s', (_what, rows, extra, expected) => {
    expect(pick(rows, extra)).toBe(expected);
  });

  it('reads the call by the clock that told it', () => {
    const late = [row('a', at('10:04:01'))];
    const skewMs = 300_000;
    expect(pick(late, {}, { skewMs, toldBy: 'server', settled: true })).toBe('a');
    expect(pick(late, {}, { skewMs, toldBy: 'pbx', settled: true })).toBe('row-missing');
    expect(pick(late, {}, { skewMs, toldBy: 'unknown', settled: true })).toBe('ambiguous');
  });
});

describe('the answer to a log-in', () => {
  const read = (text: string, cookies?: string[]): string => {
    try {
      return readConsoleSession(text, { headers: { 'set-cookie': cookies } });
    } catch (error) {
      return (error as { reason: string }).reason;
    }
  };

  it.each([
    ['AuthSuccess', ['.AspNetCore.Cookies=abc; path=/; httponly'], '.AspNetCore.Cookies=abc'],
    ['"AuthSuccess"', ['a=1; path=/', 'b=2=='], 'a=1; b=2=='],
    ['AuthSuccess', undefined, 'not-json'],
    ['AuthSuccess', ['broken'], 'not-json'],
    ['AuthSuccess', ['a=b\r\nx: y'], 'not-json'],
    ['AuthFailed', ['a=1'], 'threecx-secret-refused'],
    ['<html>log in</html>', ['a=1'], 'not-json'],
    ['', ['a=1'], 'not-json'],
  ])('%p with cookies %p is %p', (text, cookies, expected) => {
    expect(read(text, cookies)).toBe(expected);
  });
});

describe('the list', () => {
  let bench: ThreecxBench;
  let logIns: number;
  let rows: ConsoleRow[];
  let listed: { start: number; cookie: string | undefined }[];
  const auth = { kind: 'user', username: '300', password: 'good' } as const;
  const find = async (): Promise<string> => {
    const context = bench.context({ recordings: 'console', auth });
    const search = await bench.client.findRecordings(context, recordingQuery(endedAt));
    return search.state === 'found' ? search.recordings.map(({ id }) => id).join(' ') : search.reason;
  };

  beforeEach(async () => {
    bench = await ThreecxBench.start();
    bench.clock.now = new Date(endedAt.getTime() + 600_000);
    [logIns, rows, listed] = [0, [row('a')], []];
    bench.pbx.on(
      /^\/api\/login$/,
      (_request, response) => {
        logIns += 1;
        response.setHeader('set-cookie', `session=${logIns}; path=/`);
        response.end('AuthSuccess');
      },
      { open: true },
    );
    bench.pbx.on(
      /^\/api\/RecordingList\?/,
      ({ url, headers }, response) => {
        const query = new URL(url ?? '', 'http://pbx').searchParams;
        const start = Number(query.get('start'));
        listed.push({ start, cookie: headers.cookie });
        const list = rows.slice(start, start + Number(query.get('count')));
        sendJson(response, { TotalRowsCount: rows.length, list });
      },
      { open: true },
    );
  });
  afterEach(() => bench.close());

  it('is not looked at before the call can be in it', async () => {
    bench.clock.now = new Date(endedAt.getTime() + 119_000);
    expect(await find()).toBe('row-missing');
    expect(bench.pbx.requests).toEqual([]);
  });

  it('is read with the cookie and without a bearer token', async () => {
    expect(await find()).toBe('a');
    expect(listed).toEqual([{ start: 0, cookie: 'session=1' }]);
    expect(bench.pbx.requests.every(({ authorization }) => authorization === null)).toBe(true);
    expect(bench.pbx.requests[0]?.body).toBe('{"Username":"300","Password":"good"}');
  });

  it('is read page by page, and no further than the call lies back', async () => {
    const newer = Array.from({ length: 150 }, (_, index) => row(`n${index}`, at('10:05:00')));
    const older = Array.from({ length: 300 }, (_, index) => row(`o${index}`, at('09:00:00')));
    rows = [...newer, row('a'), ...older];
    expect(await find()).toBe('a');
    expect(listed.map(({ start }) => start)).toEqual([0, 100]);
  });

  it('is read whole when it is not in order', async () => {
    const older = Array.from({ length: 150 }, (_, index) => row(`o${index}`, at('09:00:00')));
    rows = [
      ...older,
      row('a'),
      ...Array.from({ length: 60 }, (_, index) => row(`n${index}`, at('10:05:00'))),
    ];
    rows.unshift(row('first', at('08:00:00')));
    expect(await find()).toBe('a');
  });

  it('that is of another shape, missing or forbidden says so', async () => {
    const answers = (body: unknown, status: number): void =>
      bench.pbx.on(/RecordingList/, (_request, response) => sendJson(response, body, status), { open: true });
    answers({ rows: [] }, 200);
    await expect(find()).rejects.toMatchObject({ reason: 'not-json' });
    answers({}, 404);
    await expect(find()).rejects.toMatchObject({ reason: 'console-missing' });
    answers({}, 403);
    await expect(find()).rejects.toMatchObject({ reason: 'console-right-missing' });
  });

  it('that takes no session is asked twice and then waited for', async () => {
    bench.pbx.on(/RecordingList/, (_request, response) => sendJson(response, {}, 401), { open: true });
    await expect(find()).rejects.toMatchObject({ reason: 'console-session-refused', reaction: 'not-yet' });
    expect(logIns).toBe(2);
  });

  it('of a PBX without a console', async () => {
    bench.pbx.on(/^\/api\/login$/, (_request, response) => sendJson(response, {}, 404), { open: true });
    await expect(find()).rejects.toMatchObject({ reason: 'console-missing' });
  });
});
