import { readHistoryId } from './history-id';
import { TestPbx } from './test-pbx';

describe('the call log', () => {
  let pbx: TestPbx;
  beforeEach(async () => (pbx = await TestPbx.start()));
  afterEach(() => pbx.close());

  it('shows a queue call as rows of one history id, one of them answered by a person', async () => {
    const [call] = (await pbx.control.play('queue')).calls;
    expect(await pbx.rows(pbx.callLogPath())).toEqual([]);
    pbx.control.clock.advance(2_000);
    const rows = await pbx.rows(pbx.callLogPath());
    expect(rows).toMatchObject([
      { DestinationDn: '800', Answered: true, TalkingDuration: 'PT0S', DstRecId: null, Indent: 0 },
      { DestinationDn: '101', Answered: false, RingingDuration: 'PT15S', DstRecId: null, Indent: 1 },
      { DestinationDn: '102', Answered: true, RingingDuration: 'PT5S', TalkingDuration: 'PT1M', DstRecId: 1 },
    ]);
    expect(new Set(rows.map((row) => row['CallHistoryId']))).toEqual(new Set([call?.historyId]));
    expect(readHistoryId(call?.historyId ?? '')).toEqual({
      startedAtMs: Date.parse(call?.startedAt ?? ''),
      callid: call?.callid,
    });
    expect(rows[0]).not.toHaveProperty('Recordings');
  });

  it('joins an attended transfer by its main id only', async () => {
    const [main, consultation] = (await pbx.control.play('attended-transfer')).calls;
    pbx.control.clock.advance(2_000);
    pbx.control.set({ callLogOrder: 'oldest' });
    expect(await pbx.rows(pbx.callLogPath())).toMatchObject([
      {
        DestinationDn: '101',
        CallHistoryId: main?.historyId,
        MainCallHistoryId: main?.historyId,
        DstRecId: 1,
      },
      {
        DestinationDn: '102',
        CallHistoryId: consultation?.historyId,
        MainCallHistoryId: main?.historyId,
        DstRecId: 2,
      },
      { SourceDn: '101', DestinationDn: '102', MainCallHistoryId: main?.historyId, Direction: 'Internal' },
    ]);
  });

  it('has no history ids before 20.0.6 and lists of recordings from 20.0.10', async () => {
    await pbx.control.play('outbound-answered');
    pbx.control.clock.advance(2_000);
    pbx.control.set({ version: '20.0.5' });
    const [old] = await pbx.rows(pbx.callLogPath());
    expect(old).not.toHaveProperty('CallHistoryId');
    expect(old).toMatchObject({
      SrcRecId: 1,
      DstRecId: null,
      SourceDn: '101',
      DestinationCallerId: '+79161234567',
    });
    pbx.control.set({ version: '20.0.10' });
    expect((await pbx.rows(pbx.callLogPath()))[0]).toMatchObject({ Recordings: [{ Id: 1 }] });
  });

  it('writes the ids of v18 when switched', async () => {
    pbx.control.set({ historyIdForm: 'v18' });
    const [call] = (await pbx.control.play('inbound-answered')).calls;
    expect(call?.callId).toMatch(/^[0-9A-F]{16}_1$/);
  });

  it('shows nothing of a call that a restart has torn', async () => {
    await pbx.control.play('restart-mid-call');
    pbx.token = pbx.control.mintToken();
    pbx.control.clock.advance(10_000);
    expect(await pbx.rows(pbx.callLogPath())).toHaveLength(1);
  });

  it('needs exactly its eleven arguments by name, else there is no such function', async () => {
    const status = async (changes: Record<string, string | null>): Promise<number> =>
      (await pbx.get(`/xapi/v1/${pbx.callLogPath(changes)}?$top=1`)).status;
    expect(await status({})).toBe(200);
    expect(await status({ callTimeFilterFrom: 'null', callTimeFilterTo: 'null' })).toBe(200);
    expect(await status({ hidePcalls: null })).toBe(404);
    expect(await status({ more: '1' })).toBe(404);
    expect(await status({ sourceFilter: 'x' })).toBe(404);
    expect(await status({ hidePcalls: null, hidePCalls: 'true' })).toBe(404);
    expect(await status({ periodFrom: 'yesterday' })).toBe(500);
    expect(await status({ periodFrom: '2026-03-10' })).toBe(500);
    expect(await status({ sourceType: 'all' })).toBe(500);
    expect(await status({ callsType: '3' })).toBe(400);
    expect(await status({ periodFrom: '2025-03-10T00:00:00Z' })).toBe(504);
  });

  it('names DID and recording of inbound calls in a report of their own', async () => {
    const [call] = (await pbx.control.play('moscow-to-petersburg')).calls;
    await pbx.control.play('outbound-answered');
    await pbx.control.play('inbound-missed');
    pbx.control.clock.advance(3_000);
    const { periodFrom, periodTo } = {
      periodFrom: '2026-03-10T09:00:00Z',
      periodTo: '2026-03-10T11:00:00Z',
    };
    const path = `ReportInboundCalls/Pbx.GetInboundCalls(periodFrom=${periodFrom},periodTo=${periodTo},trunkDns='',callsType=0)`;
    const rows = await pbx.rows(`${path}?$orderby=StartTime asc`);
    expect(rows).toHaveLength(2);
    expect(rows.find((row) => row['CallHistoryId'] === call?.historyId)).toMatchObject({
      Did: '74951234567',
      RecordingId: 1,
      DestinationDn: '201',
      Status: 'Answered',
    });
    pbx.control.set({ version: '20.0.5' });
    expect((await pbx.get(`/xapi/v1/${path}`)).status).toBe(404);
  });

  it('gives the history view to owners only, and not over a long time', async () => {
    await pbx.control.play('inbound-answered');
    pbx.control.clock.advance(3_000);
    const filter = '$filter=SegmentStartTime ge 2026-03-09T00:00:00Z';
    expect(await pbx.rows(`CallHistoryView?${filter}`)).toMatchObject([{ DstRecId: 1, CallAnswered: true }]);
    const endless = await pbx.get('/xapi/v1/CallHistoryView?$top=10');
    expect([endless.status, endless.text]).toEqual([504, expect.stringContaining('<html>')]);
    pbx.control.addApiClient({ clientId: 'admin', role: 'system_admins' });
    const admin = pbx.control.mintToken('admin');
    expect((await pbx.get(`/xapi/v1/CallHistoryView?${filter}`, admin)).status).toBe(403);
    expect((await pbx.get('/xapi/v1/Recordings', admin)).status).toBe(200);
  });

  it('refuses roles and clients without the right', async () => {
    pbx.control.addApiClient({ clientId: 'phone', role: 'users' });
    pbx.control.addApiClient({ clientId: 'socket', scopes: ['call-control'] });
    for (const name of ['phone', 'socket']) {
      const token = pbx.control.mintToken(name);
      expect((await pbx.get('/xapi/v1/Recordings', token)).status).toBe(403);
    }
  });

  it('lists users, DIDs and queues, and tells the version', async () => {
    expect(await pbx.rows("Users?$filter=Number eq '103'&$select=Number,FirstName,EmailAddress")).toEqual([
      { Number: '103', FirstName: 'Clara', EmailAddress: '' },
    ]);
    expect(await pbx.rows('DidNumbers?$select=Number')).toEqual([
      { Number: '74951234567' },
      { Number: '78121234567' },
    ]);
    expect(await pbx.rows('Queues')).toMatchObject([{ Number: '800' }]);
    expect((await pbx.get('/xapi/v1/Defs?$select=Id')).headers.get('x-3cx-version')).toMatch(/^20\.0\.9/);
  });

  it('shows calls that go on, with the integer callid', async () => {
    const seen: unknown[] = [];
    await pbx.control.play('inbound-answered', {
      onMoment: async ({ kind }) => {
        if (kind === 'answered') seen.push(...(await pbx.rows('ActiveCalls')));
      },
    });
    expect(seen).toMatchObject([{ Id: 1, Callee: '101 Anna Agent', Status: 'Talking' }]);
    expect(await pbx.rows('ActiveCalls')).toEqual([]);
  });
});
