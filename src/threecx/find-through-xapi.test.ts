import { sendJson } from '../../test/support/small-pbx';
import { ThreecxBench, recordingQuery } from '../../test/support/threecx-bench';
import type { RecordingQuery, RecordingSearch } from './contract';

let bench: ThreecxBench;
const endedAt = new Date(Math.floor(Date.now() / 1000) * 1000 - 5_000);
beforeEach(async () => {
  bench = await ThreecxBench.start();
  bench.clock.now = new Date(endedAt.getTime() + 5_000);
});
afterEach(() => bench.close());

const historyId = '00000000-01dc-27dd-cc8a-799100000029';
const otherId = '00000000-01dc-27dd-cc8a-79910000002a';
const ago = (seconds: number): string => new Date(endedAt.getTime() - seconds * 1000).toISOString();
const leg = (extra: object = {}): object => ({
  CdrId: Math.random().toString(),
  CallHistoryId: historyId,
  MainCallHistoryId: historyId,
  StartTime: ago(70),
  SourceDn: '10000',
  SourceCallerId: '+79161234567',
  DestinationDn: '101',
  DestinationCallerId: 'Ext.101',
  RingingDuration: 'PT10S',
  TalkingDuration: 'PT1M',
  Answered: true,
  ...extra,
});
const recording = (Id: number, extra: object = {}): object => ({
  Id,
  StartTime: ago(60),
  EndTime: ago(0),
  FromDn: '10000',
  FromCallerNumber: '+79161234567',
  ToDn: '101',
  ToCallerNumber: 'Ext.101',
  ...extra,
});

/** What the PBX answers; a number is a status. */
function pbxHas(answers: {
  log?: object[] | number;
  inbound?: object[] | number;
  recordings?: object[] | number;
}): void {
  const serve = (path: RegExp, rows: object[] | number = []): void =>
    typeof rows === 'number' ? bench.pbx.onJson(path, {}, rows) : bench.pbx.onJson(path, { value: rows });
  serve(/GetCallLogData/, answers.log);
  serve(/GetInboundCalls/, answers.inbound);
  serve(/\/Recordings\?/, answers.recordings);
}

async function find(extra: Partial<RecordingQuery> = {}): Promise<string> {
  return short(
    await bench.client.findRecordings(
      bench.context(),
      recordingQuery(endedAt, { callId: historyId, ...extra }),
    ),
  );
}

function short(search: RecordingSearch): string {
  return search.state === 'found'
    ? search.recordings.map(({ id }) => id).join(' ')
    : `${search.state} ${search.reason}`;
}

describe('the call log', () => {
  it.each([
    ['the recording of the destination', leg({ DstRecId: 5 }), '5'],
    ['the recording of the source', leg({ SrcRecId: 6 }), '6'],
    ['the list of newer builds', leg({ DstRecId: 5, Recordings: [{ Id: 5 }, { Id: 7 }] }), '5 7'],
    ['one of two sides of a talk', leg({ SrcRecId: 8, DstRecId: 5 }), '5'],
    ['a call joined to ours by transfer', leg({ CallHistoryId: otherId, DstRecId: 5 }), '5'],
    ['an id in capitals', leg({ CallHistoryId: historyId.toUpperCase(), DstRecId: 5 }), '5'],
  ])('names %s', async (_what, row, expected) => {
    pbxHas({ log: [row] });
    await expect(find()).resolves.toBe(expected);
  });

  it('names the parts of a call that was passed on, in order', async () => {
    pbxHas({
      log: [
        leg({ StartTime: ago(30), DestinationDn: '102', DstRecId: 3 }),
        leg({ DstRecId: 9 }),
        leg({ StartTime: ago(65), DestinationDn: '800', Answered: false, TalkingDuration: null }),
      ],
    });
    await expect(find({ extensions: ['101', '102'] })).resolves.toBe('9 3');
  });

  it.each([
    ['by its type', { CallType: 'Internal' }],
    ['by its sides', { SourceType: 0, DestinationType: 0 }],
  ])('leaves out what colleagues said to each other before the transfer, known %s', async (_how, told) => {
    const consultation = leg({
      ...told,
      CallHistoryId: otherId,
      StartTime: ago(40),
      SourceDn: '101',
      SourceCallerId: 'Ext.101',
      DestinationDn: '102',
      DstRecId: 7,
    });
    const half = { RingingDuration: 'PT0S', TalkingDuration: 'PT30S' };
    const handedOn = leg({ ...half, StartTime: ago(30), DestinationDn: '102', DstRecId: 9 });
    const passedOn = { extensions: ['101', '102'] };
    pbxHas({ log: [leg({ ...half, StartTime: ago(60), DstRecId: 5 }), consultation, handedOn] });
    await expect(find(passedOn)).resolves.toBe('5 9');
    await expect(find({ ...passedOn, callId: '41' })).resolves.toBe('5 9');
    pbxHas({ log: [leg({ DstRecId: 5 }), consultation] });
    await expect(find(passedOn)).resolves.toBe('not-yet part-missing');
    pbxHas({
      log: [consultation],
      recordings: [recording(7, { FromDn: '101', FromCallerNumber: 'Ext.101', ToDn: '102' })],
    });
    await expect(find(passedOn)).resolves.toBe('not-yet row-missing');
  });

  it('believes numbers rather than types of a leg', async () => {
    pbxHas({ log: [leg({ SourceType: 0, DestinationType: 0, DstRecId: 5 })] });
    await expect(find()).resolves.toBe('5');
  });

  it('hands out a path on the PBX and the time of the talk', async () => {
    pbxHas({ log: [leg({ DstRecId: 5 })] });
    const search = await bench.client.findRecordings(
      bench.context(),
      recordingQuery(endedAt, { callId: historyId }),
    );
    expect(search).toEqual({
      state: 'found',
      recordings: [
        {
          id: '5',
          startedAt: ago(60),
          from: { kind: 'path', path: '/xapi/v1/Recordings/Pbx.DownloadRecording(recId=5)' },
        },
      ],
    });
  });

  it('finds the call of an id of our own by person, number and time, as before 20.0.6', async () => {
    const old = { CallHistoryId: undefined, MainCallHistoryId: undefined, DstRecId: 5 };
    pbxHas({ log: [leg(old), leg({ ...old, DestinationDn: '102', DstRecId: 6 })] });
    await expect(find({ callId: '41' })).resolves.toBe('5');
    await expect(find({ callId: 'h-abcdef' })).resolves.toBe('5');
  });

  it('waits for the second part of a call that was passed on, but not for ever', async () => {
    pbxHas({ log: [leg({ DstRecId: 5 })] });
    await expect(find({ extensions: ['101', '102'] })).resolves.toBe('not-yet part-missing');
    bench.clock.now = new Date(endedAt.getTime() + 899_000);
    await expect(find({ extensions: ['101', '102'] })).resolves.toBe('not-yet part-missing');
    bench.clock.now = new Date(endedAt.getTime() + 901_000);
    await expect(find({ extensions: ['101', '102'] })).resolves.toBe('5');
  });

  it('waits two minutes only for a part of a call that it has to guess at', async () => {
    pbxHas({ log: [leg({ DstRecId: 5 })] });
    const guessed = { callId: '41', extensions: ['101', '102'] };
    bench.clock.now = new Date(endedAt.getTime() + 119_000);
    await expect(find(guessed)).resolves.toBe('not-yet part-missing');
    bench.clock.now = new Date(endedAt.getTime() + 121_000);
    await expect(find(guessed)).resolves.toBe('5');
  });
});

describe('how much of the call log is read', () => {
  /** Minutes of each range that was asked for. */
  const ranges = (): number[] =>
    bench.pbx.requests
      .filter(({ path }) => path.includes('GetCallLogData'))
      .map(({ path }) => {
        const [from, to] = ['periodFrom', 'periodTo'].map((name) =>
          Date.parse(new RegExp(`${name}=([^,)]+)`).exec(decodeURIComponent(path))![1]!),
        );
        return Math.round((to! - from!) / 60_000);
      });
  // The history id of the other tests tells another time than theirs.
  const id = `${(endedAt.getTime() - 70_000).toString(16).padStart(16, '0')}_41`;
  const ids = { CallHistoryId: id, MainCallHistoryId: id };

  it('is a minute or two around a call whose id tells its start', async () => {
    pbxHas({ log: [leg({ ...ids, DstRecId: 5 })] });
    await expect(find({ callId: id })).resolves.toBe('5');
    expect(ranges()).toEqual([2]);
  });

  it('is no more when the call is listed without a recording', async () => {
    pbxHas({ log: [leg(ids)] });
    await expect(find({ callId: id })).resolves.toBe('not-yet row-without-recording');
    expect(ranges()).toEqual([2]);
  });

  it('is half an hour when the call is not among them, or its id tells nothing', async () => {
    pbxHas({
      log: [leg({ CallHistoryId: id.replace('_41', '_42'), MainCallHistoryId: null, DestinationDn: '999' })],
    });
    await expect(find({ callId: id })).resolves.toBe('not-yet row-missing');
    await expect(find({ callId: '41' })).resolves.toBe('not-yet row-missing');
    expect(ranges()).toEqual([2, 31, 31]);
  });
});

describe('without a recording in the call log', () => {
  it('waits for a row that is not there', async () => {
    pbxHas({});
    await expect(find()).resolves.toBe('not-yet row-missing');
    bench.clock.now = new Date(endedAt.getTime() + 3_600_000);
    await expect(find()).resolves.toBe('not-yet row-missing');
  });

  it('waits a quarter of an hour for the recording of a row, then knows that there is none', async () => {
    pbxHas({ log: [leg()] });
    await expect(find()).resolves.toBe('not-yet row-without-recording');
    bench.clock.now = new Date(endedAt.getTime() + 901_000);
    await expect(find()).resolves.toBe('never not-recorded');
  });

  it('looks into the report of inbound calls', async () => {
    const row = {
      CallHistoryId: historyId,
      StartTime: ago(70),
      SourceCallerId: '+79161234567',
      DestinationDn: '101',
      RecordingId: 4,
    };
    pbxHas({ inbound: [row, { ...row, CallHistoryId: otherId, RecordingId: 3 }] });
    await expect(find()).resolves.toBe('4');
  });

  it('looks into the recordings of the time', async () => {
    pbxHas({ recordings: [recording(2, { ToDn: '102' }), recording(5)] });
    await expect(find()).resolves.toBe('5');
    const asked = bench.pbx.requests.find(({ path }) => path.includes('/Recordings?'))?.path ?? '';
    expect(new URL(asked, bench.pbx.url).searchParams.get('$orderby')).toBe('Id asc');
  });

  it('never takes a recording that the call log gives to another call', async () => {
    pbxHas({
      log: [leg({ CallHistoryId: otherId, MainCallHistoryId: otherId, DstRecId: 5 })],
      recordings: [recording(5)],
    });
    await expect(find()).resolves.toBe('not-yet row-missing');
    await expect(find({ recordingId: '5' })).resolves.toBe('not-yet row-missing');
  });

  it('never guesses between two calls', async () => {
    pbxHas({ recordings: [recording(5), recording(6, { StartTime: ago(40) })] });
    await expect(find()).resolves.toBe('not-yet ambiguous');
  });

  it('reads all pages', async () => {
    pbxHas({});
    bench.pbx.on(/\/Recordings\?/, (request, response) => {
      const skip = Number(new URL(request.url ?? '', bench.pbx.url).searchParams.get('$skip'));
      const others = Array.from({ length: 100 }, (_, index) => recording(index + 1, { ToDn: '199' }));
      sendJson(response, { value: skip === 0 ? others : [recording(500)] });
    });
    await expect(find()).resolves.toBe('500');
  });
});

describe('rights', () => {
  it('finds recordings without the right to the call log', async () => {
    pbxHas({ log: 403, recordings: [recording(5)] });
    await expect(find()).resolves.toBe('5');
  });

  it('says that the right to the call log is missing when nothing else helps', async () => {
    pbxHas({ log: 403 });
    await expect(find()).resolves.toBe('not-yet call-log-right-missing');
  });

  it('finds recordings on a build without the reports', async () => {
    pbxHas({ log: 404, inbound: 404, recordings: [recording(5)] });
    await expect(find()).resolves.toBe('5');
  });

  it('needs a person without the right to recordings', async () => {
    pbxHas({ log: 403, recordings: 403 });
    await expect(find()).rejects.toMatchObject({
      reaction: 'authorisation',
      reason: 'recording-right-missing',
    });
  });
});

describe('an announced recording', () => {
  it('is taken by its id', async () => {
    pbxHas({ recordings: [recording(5)] });
    await expect(find({ recordingId: '5' })).resolves.toBe('5');
    expect(bench.pbx.requests.some(({ path }) => decodeURIComponent(path).includes('$filter=Id eq 5'))).toBe(
      true,
    );
  });

  it('brings the other parts along when the call log knows them', async () => {
    pbxHas({ log: [leg({ DstRecId: 5 }), leg({ StartTime: ago(30), DestinationDn: '102', DstRecId: 6 })] });
    await expect(find({ recordingId: '5', extensions: ['101', '102'] })).resolves.toBe('5 6');
  });

  it('is not taken when it lies far from the call', async () => {
    pbxHas({ recordings: [recording(5, { StartTime: ago(7_200), EndTime: ago(7_100) })] });
    await expect(find({ recordingId: '5' })).resolves.toBe('not-yet row-missing');
  });

  it.each(['http://evil.example/x.wav', '../../etc/passwd', '1 or 1 eq 1', '99999999999', '-1', 'abc'])(
    'is no address and no filter: %p',
    async (recordingId) => {
      pbxHas({});
      await expect(find({ recordingId })).resolves.toBe('not-yet row-missing');
      expect(bench.pbx.requests.filter(({ path }) => /Id(%20|\+)eq/.test(path))).toEqual([]);
    },
  );
});
