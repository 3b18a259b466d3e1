import { ThreecxBench, recordingQuery } from '../../test/support/threecx-bench';
import type { RecordingQuery, RecordingSearch } from './contract';

let bench: ThreecxBench;
beforeEach(async () => {
  bench = await ThreecxBench.start();
});
afterEach(() => bench.close());

const endedAt = new Date('2026-03-10T10:00:00Z');
const item = (extra: object = {}): object => ({
  id: 'r1',
  callId: 'call-1',
  url: '/api/recordings/r1/audio',
  startTime: '2026-03-10T09:59:00Z',
  endTime: '2026-03-10T10:00:00Z',
  extension: '101',
  ...extra,
});
const find = (
  extra: Partial<RecordingQuery> = {},
  recordingsPath = '/api/recordings',
): Promise<RecordingSearch> =>
  bench.client.findRecordings(
    bench.context({ recordings: 'by-call-id', recordingsPath }),
    recordingQuery(endedAt, extra),
  );
const paths = (search: RecordingSearch): string[] =>
  search.state === 'found'
    ? search.recordings.map(({ from }) => (from.kind === 'path' ? from.path : from.file))
    : [`${search.state} ${search.reason}`];

it('asks with the id and the bearer token', async () => {
  bench.pbx.onJson(/^\/api\/recordings/, [item()]);
  expect(paths(await find())).toEqual(['/api/recordings/r1/audio']);
  expect(bench.pbx.requests.at(-1)).toMatchObject({
    path: '/api/recordings?callId=call-1',
    authorization: `Bearer ${bench.pbx.token}`,
  });
});

it('escapes the id', async () => {
  bench.pbx.onJson(/^\/api\/recordings/, []);
  await find({ callId: 'a&b=c/../d#e' });
  expect(bench.pbx.requests.at(-1)?.path).toBe('/api/recordings?callId=a%26b%3Dc%2F..%2Fd%23e');
});

it('takes a list in an object, in the order in which the parts were spoken', async () => {
  const list = [
    item({ id: 2, url: '/b', startTime: '2026-03-10T09:59:30Z' }),
    item({ id: 1, url: '/a' }),
    item({ id: 1, url: '/a' }),
    item({ id: 2, url: '/c', startTime: '2026-03-10T09:59:40Z' }),
  ];
  bench.pbx.onJson(/^\/api\/recordings/, { list });
  expect(paths(await find())).toEqual(['/a', '/b', '/c']);
});

it('asks under another path when the connection says so', async () => {
  bench.pbx.onJson(/^\/recs\/v2/, [item({ url: 'r1.wav?x=1' })]);
  expect(paths(await find({}, '/recs/v2/list'))).toEqual(['/recs/v2/r1.wav?x=1']);
});

it.each([
  ['an empty list', [], 200],
  ['an empty list in an object', { list: [] }, 200],
  ['a 404', {}, 404],
])('waits on %s', async (_what, body, status) => {
  bench.pbx.onJson(/^\/api\/recordings/, body, status);
  const waiting = await find().catch((error: { reaction: string; reason: string }) => ({
    state: error.reaction,
    reason: error.reason,
  }));
  expect(waiting).toEqual({ state: 'not-yet', reason: 'row-missing' });
});

it('never takes a recording of another call', async () => {
  bench.pbx.onJson(/^\/api\/recordings/, [
    item({ callId: 'call-2' }),
    item({ callId: 'CALL-1', url: '/mine' }),
  ]);
  expect(paths(await find())).toEqual(['/mine']);
});

it('asks for a number that the PBX uses again, and leaves the earlier call alone', async () => {
  bench.pbx.onJson(/^\/api\/recordings/, [
    item({ callId: 41, id: 1, url: '/yesterday', startTime: '2026-03-09T09:59:00Z' }),
    item({ callId: 41, id: 2, url: '/today' }),
  ]);
  expect(paths(await find({ callId: '41~1773136730' }))).toEqual(['/today']);
  expect(bench.pbx.requests.at(-1)?.path).toBe('/api/recordings?callId=41');
});

it.each([
  ['UTC', '2026-03-10T09:59:00', '/today'],
  ['the time of the wall', '2026-03-10T12:59:00', '/today'],
  ['no time that fits', '2026-03-09T09:59:00', 'not-yet row-missing'],
])('reads a time without a zone as UTC or as that of the wall: %s', async (_what, startTime, expected) => {
  bench.pbx.onJson(/^\/api\/recordings/, [item({ callId: 41, url: '/today', startTime })]);
  expect(paths(await find({ callId: '41' }))).toEqual([expected]);
});

it('takes all parts under an id that is never given out again, whether they tell their times or not', async () => {
  bench.pbx.onJson(/^\/api\/recordings/, [item({ url: '/a' }), item({ url: '/b', startTime: null })]);
  expect(paths(await find({ extensions: ['101', '102'] })).sort()).toEqual(['/a', '/b']);
});

it('does not choose between calls under one counter that tell no time', async () => {
  const timeless = (url: string): object => item({ callId: 41, url, startTime: undefined });
  bench.pbx.onJson(/^\/api\/recordings/, [timeless('/one')]);
  bench.clock.now = new Date(endedAt.getTime() + 29_000);
  expect(paths(await find({ callId: '41' }))).toEqual(['not-yet row-missing']);
  bench.clock.now = new Date(endedAt.getTime() + 31_000);
  expect(paths(await find({ callId: '41' }))).toEqual(['/one']);
  bench.pbx.onJson(/^\/api\/recordings/, [timeless('/one'), timeless('/other')]);
  expect(paths(await find({ callId: '41' }))).toEqual(['not-yet ambiguous']);
  expect(paths(await find({ callId: '41', extensions: ['101', '102'] }))).toEqual(['/one', '/other']);
  bench.pbx.onJson(/^\/api\/recordings/, [timeless('/one'), item({ callId: 41, url: '/ours' })]);
  expect(paths(await find({ callId: '41' }))).toEqual(['/ours']);
});

it('waits half a minute for the second part of a call that was passed on', async () => {
  bench.pbx.onJson(/^\/api\/recordings/, [item()]);
  const passedOn = { extensions: ['101', '102'] };
  bench.clock.now = new Date(endedAt.getTime() + 29_000);
  expect(paths(await find(passedOn))).toEqual(['not-yet part-missing']);
  bench.clock.now = new Date(endedAt.getTime() + 31_000);
  expect(paths(await find(passedOn))).toEqual(['/api/recordings/r1/audio']);
});

it('knows that a call without an id of the PBX cannot be asked for', async () => {
  expect(paths(await find({ callId: 'report-abc' }))).toEqual(['never no-call-id']);
  expect(bench.pbx.requests).toEqual([]);
});

it.each([
  'http://127.0.0.1:9/x.wav',
  'https://evil.example/x.wav',
  '//evil.example/x.wav',
  '/\\evil.example/x.wav',
  '\\\\evil.example/x.wav',
  ' https://evil.example/x.wav',
  'ht\ntps://evil.example/x.wav',
  'file:///etc/passwd',
  'data:audio/wav;base64,AAAA',
  '@evil.example/x.wav',
])('never calls %p outside the PBX', async (url) => {
  bench.pbx.onJson(/^\/api\/recordings/, [item({ url })]);
  const outcome = await find().then(paths, (error: { reason: string }) => [error.reason]);
  // A name with an at sign is an odd relative path, and stays on the PBX.
  expect(outcome).toEqual(url.startsWith('@') ? ['/api/@evil.example/x.wav'] : ['foreign-address']);
});

it('refuses an absolute address even on our own origin', async () => {
  bench.pbx.onJson(/^\/api\/recordings/, [item({ url: `${bench.pbx.url}/api/recordings/r1/audio` })]);
  await expect(find()).rejects.toMatchObject({ reason: 'foreign-address', reaction: 'refused' });
});

it.each([{ list: 'x' }, { items: [] }, [{ id: 1 }], 'text', null])('does not guess at %j', async (body) => {
  bench.pbx.onJson(/^\/api\/recordings/, body);
  await expect(find()).rejects.toMatchObject({ reason: 'not-json' });
});
