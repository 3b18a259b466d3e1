import { CallTeller } from './call-plan';
import { TestPbx } from './test-pbx';

describe('recordings over XAPI', () => {
  let pbx: TestPbx;
  beforeEach(async () => (pbx = await TestPbx.start()));
  afterEach(() => pbx.close());

  const all = 'Recordings?$filter=Id gt 0&$orderby=Id asc&$top=100';

  it('appear row by row after the end, the file later than the row', async () => {
    await pbx.control.play('inbound-answered');
    expect(await pbx.rows(all)).toEqual([]);
    pbx.control.clock.advance(2_000);
    expect(await pbx.rows(all)).toHaveLength(1);
    const early = await pbx.get('/xapi/v1/Recordings/Pbx.DownloadRecording(recId=1)');
    expect(early.status).toBe(400);
    expect(JSON.parse(early.text)).toMatchObject({
      error: { details: [{ message: 'WARNINGS.XAPI.FILE_NOT_FOUND' }] },
    });
    pbx.control.clock.advance(500);
    expect((await pbx.get('/xapi/v1/Recordings/Pbx.DownloadRecording(recId=1)')).status).toBe(200);
  });

  it('may come after minutes or never', async () => {
    await pbx.control.play('inbound-answered', { recordings: { recordingDelayMs: 600_000 } });
    await pbx.control.play('inbound-answered', { recordings: { recordingDelayMs: Infinity } });
    pbx.control.clock.advance(599_000);
    expect(await pbx.rows(all)).toHaveLength(0);
    pbx.control.clock.advance(1_000_000);
    expect(await pbx.rows(all)).toHaveLength(1);
  });

  it('carry numbers, DNs and UTC times, but neither call id nor length, and many nulls', async () => {
    const [call] = (await pbx.control.play('inbound-answered')).calls;
    pbx.control.clock.advance(2_000);
    const [row = {}] = await pbx.rows(all);
    expect(row).toMatchObject({
      Id: 1,
      CallType: 'InboundExternal',
      FromDn: '10000',
      FromCallerNumber: '+79161234567',
      FromDidNumber: '74951234567',
      FromDisplayName: null,
      ToDn: '101',
      ToCallerNumber: 'Ext.101',
      ToDidNumber: null,
      RefParticipantId: row['ToIdParticipant'],
      IsTranscribed: false,
      Transcription: null,
    });
    expect(Date.parse(String(row['StartTime']))).toBe(Date.parse(call?.answeredAt ?? ''));
    expect(JSON.stringify(row)).not.toContain(call?.historyId);
    pbx.control.set({ nullRecordingFields: ['FromDidNumber', 'EndTime'] });
    expect((await pbx.rows(all))[0]).toMatchObject({ FromDidNumber: null, EndTime: null });
  });

  it('lack members that a release does not have', async () => {
    await pbx.control.play('outbound-answered');
    pbx.control.clock.advance(2_000);
    pbx.control.set({ version: '20.0.7' });
    expect((await pbx.rows(all))[0]).not.toHaveProperty('CallType');
    expect((await pbx.get("/xapi/v1/Recordings?$filter=CallType eq 'Local'")).status).toBe(400);
    pbx.control.set({ version: '20.0.6' });
    expect((await pbx.rows(all))[0]).toMatchObject({
      CallType: 'OutboundExternal',
      FromCallerNumber: 'Ext.101',
    });
    expect((await pbx.rows(all))[0]).not.toHaveProperty('IsTranscribed');
  });

  it('get a transcript on the same row minutes later', async () => {
    await pbx.control.play('inbound-answered');
    pbx.control.clock.advance(182_000);
    expect(await pbx.rows('Recordings?$filter=IsTranscribed eq true')).toMatchObject([
      { Id: 1, Transcription: expect.stringContaining('Good morning') as string },
    ]);
  });

  it('are paged, counted, ordered and selected', async () => {
    await pbx.control.playMany('inbound-answered', 5);
    pbx.control.clock.advance(3_000);
    const { text } = await pbx.get(
      '/xapi/v1/Recordings?$orderby=Id desc&$top=2&$skip=1&$count=true&$select=Id,FromDn',
    );
    expect(JSON.parse(text)).toMatchObject({
      '@odata.count': 5,
      value: [
        { Id: 4, FromDn: '10000' },
        { Id: 3, FromDn: '10000' },
      ],
    });
    expect((await pbx.get('/xapi/v1/Recordings?$top=101')).status).toBe(400);
    expect((await pbx.get('/xapi/v1/Recordings?page=2')).status).toBe(400);
  });

  it('have no entity by key, and no other spelling', async () => {
    await pbx.control.play('inbound-answered');
    pbx.control.clock.advance(3_000);
    for (const path of [
      'Recordings(1)',
      'recordings',
      'Recordings/Pbx.DownloadRecording',
      'Recordings/Pbx.DownloadRecording()',
      'Recordings/Pbx.DownloadRecording(1)',
      'Recordings/Pbx.DownloadRecording(id=1)',
      'Nothing',
    ])
      expect([path, (await pbx.get(`/xapi/v1/${path}`)).status]).toEqual([path, 404]);
  });

  it('need a token: in the header, or in the query for the download only', async () => {
    await pbx.control.play('inbound-answered');
    pbx.control.clock.advance(3_000);
    const path = `${pbx.sim.url}/xapi/v1/Recordings`;
    expect((await fetch(`${path}?$top=1`)).status).toBe(401);
    expect((await fetch(`${path}?$top=1&access_token=${pbx.token}`)).status).toBe(401);
    const download = await fetch(`${path}/Pbx.DownloadRecording(recId=1)?access_token=${pbx.token}`);
    expect(download.status).toBe(200);
    expect(JSON.stringify(pbx.control.requests())).not.toContain(pbx.token);
    await download.arrayBuffer();
  });

  it('come as WAV whose bytes are the same each time and differ from recording to recording', async () => {
    await pbx.control.play('blind-transfer');
    pbx.control.clock.advance(3_000);
    const answer = await fetch(`${pbx.sim.url}/xapi/v1/Recordings/Pbx.DownloadRecording(recId=1)`, {
      headers: { authorization: `Bearer ${pbx.token}` },
    });
    expect(answer.headers.get('content-type')).toBe('audio/x-wav');
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename=".*\(1\)\.wav"$/);
    const first = Buffer.from(await answer.arrayBuffer());
    const second = await pbx.bytes('/xapi/v1/Recordings/Pbx.DownloadRecording(recId=2)');
    expect(first.length).toBe(44 + 30 * 16_000);
    expect(first.toString('latin1', 0, 4) + first.toString('latin1', 8, 12)).toBe('RIFFWAVE');
    expect(first.readUInt32LE(4)).toBe(first.length - 8);
    expect(first.readUInt32LE(40)).toBe(first.length - 44);
    expect([first.readUInt16LE(22), first.readUInt32LE(24), first.readUInt16LE(34)]).toEqual([1, 8_000, 16]);
    expect(first.equals(pbx.control.readRecording(1))).toBe(true);
    expect(first.subarray(44, 10_044).equals(second.subarray(44, 10_044))).toBe(false);
  });

  it('may be of any size, and be deleted', async () => {
    await pbx.control.play('inbound-answered', { recordings: { bytes: 12_000_001 } });
    pbx.control.clock.advance(3_000);
    const bytes = await pbx.bytes('/xapi/v1/Recordings/Pbx.DownloadRecording(recId=1)');
    expect(bytes.length).toBe(12_000_001);
    pbx.control.deleteFile(1);
    expect((await pbx.get('/xapi/v1/Recordings/Pbx.DownloadRecording(recId=1)')).status).toBe(400);
    expect(await pbx.rows(all)).toHaveLength(1);
  });

  it('are not made when the extension, the scenario or the PBX says so', async () => {
    await pbx.control.play('recording-off');
    await pbx.control.play('inbound-missed');
    await pbx.control.play('internal');
    await pbx.control.play('inbound-answered', { cast: { agents: ['110'] } });
    const own = new CallTeller({ caller: '79160000000' }).ring('101', 1).answer('101', 2).end(9);
    pbx.control.set({ recordCalls: false });
    await pbx.control.play({ name: 'own', calls: [{ plan: own, atS: 0 }] });
    expect(pbx.control.calls).toHaveLength(5);
    expect(pbx.control.recordings).toHaveLength(0);
  });
});

describe('recordings by call id', () => {
  let pbx: TestPbx;
  beforeEach(async () => (pbx = await TestPbx.start()));
  afterEach(() => pbx.close());

  const list = async (callId: string): Promise<Record<string, unknown>[]> => {
    const { text } = await pbx.get(`/api/recordings?callId=${encodeURIComponent(callId)}`);
    return (JSON.parse(text) as { list: Record<string, unknown>[] }).list;
  };

  it('are an empty list at first, then carry a relative address with the bytes', async () => {
    const [call] = (await pbx.control.play('inbound-answered')).calls;
    const callId = call?.callId ?? '';
    expect(await list(callId)).toEqual([]);
    pbx.control.clock.advance(3_000);
    const rows = await list(callId.toUpperCase());
    expect(rows).toMatchObject([{ id: 1, callId, url: '/api/recordings/1/audio', extension: '101' }]);
    expect(Date.parse(String(rows[0]?.['startTime']))).toBe(Date.parse(call?.answeredAt ?? ''));
    const bytes = await pbx.bytes(String(rows[0]?.['url']));
    expect(bytes.equals(pbx.control.readRecording(1))).toBe(true);
  });

  it('need the bearer token and a call id', async () => {
    expect((await fetch(`${pbx.sim.url}/api/recordings?callId=1&access_token=${pbx.token}`)).status).toBe(
      401,
    );
    expect((await pbx.get('/api/recordings')).status).toBe(400);
    pbx.control.set({ recordingsByCallId: false });
    expect((await pbx.get('/api/recordings?callId=1')).status).toBe(404);
  });

  it('of both calls when a restart has used a callid again', async () => {
    const { calls } = await pbx.control.play('pbx-restart', { idForm: 'callid' });
    pbx.token = pbx.control.mintToken();
    pbx.control.clock.advance(3_000);
    expect(calls.map((call) => call.callId)).toEqual(['1', '1']);
    expect(await list('1')).toMatchObject([{ id: 1 }, { id: 2 }]);
    expect(await list(calls[1]?.historyId ?? '')).toMatchObject([{ id: 2 }]);
  });

  it('of all talks of a transferred call, under its main id', async () => {
    const [main, consultation] = (await pbx.control.play('attended-transfer')).calls;
    pbx.control.clock.advance(3_000);
    expect(await list(main?.historyId ?? '')).toMatchObject([{ extension: '101' }, { extension: '102' }]);
    expect(await list(consultation?.historyId ?? '')).toMatchObject([{ extension: '102' }]);
  });

  it('come as an array or with other addresses when switched', async () => {
    const [call] = (await pbx.control.play('inbound-answered')).calls;
    pbx.control.clock.advance(3_000);
    pbx.control.set({ byCallIdShape: 'array', byCallIdAddress: 'foreign' });
    const { text } = await pbx.get(`/api/recordings?callId=${call?.callId}`);
    expect(JSON.parse(text)).toMatchObject([{ url: 'http://elsewhere.invalid/api/recordings/1/audio' }]);
  });
});
