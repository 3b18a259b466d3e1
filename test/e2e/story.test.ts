import { Lab, users } from './lab';

let lab: Lab;

beforeAll(async () => {
  lab = await Lab.open();
  await lab.start('api');
  await lab.start('worker');
  await lab.connect();
});
afterAll(() => lab.close());

describe('a client dials the Moscow number and reaches a manager in St. Petersburg', () => {
  it('belongs to that manager and to the Moscow line in Bitrix24, with its recording', async () => {
    const played = await lab.pbx.control.play('moscow-to-petersburg', { to: lab.target });
    expect(played.failed).toEqual([]);
    const [expected] = played.calls;
    const call = await lab.settled(expected!.callId);
    expect(call).toMatchObject({
      extension: '201',
      userId: users['201'],
      lineNumber: '74951234567',
      direction: 'inbound',
      status: '200',
      durationSeconds: expected!.durationSeconds,
      recording: { state: 'attached', bytes: expected!.recordings[0]!.bytes },
    });
    const { statistics, openCalls } = lab.portal.control;
    expect(openCalls).toEqual([]);
    expect(statistics).toHaveLength(1);
    expect(statistics[0]).toMatchObject({
      callId: call.bitrix24CallId,
      userId: users['201'],
      number: expected!.callerNumber,
      lineNumber: '74951234567',
      type: 2,
      durationSeconds: expected!.durationSeconds,
      statusCode: '200',
      startedAt: Math.floor(Date.parse(expected!.startedAt) / 1000) * 1000,
    });
    const file = lab.portal.control.recordOf(call.bitrix24CallId!);
    expect(await lab.portal.control.sha256(file!.id)).toBe(
      lab.pbx.control.sha256(expected!.recordings[0]!.id),
    );
  });
});
