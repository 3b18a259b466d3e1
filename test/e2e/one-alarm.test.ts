import { eventually } from '../support/eventually';
import { Lab } from './lab';

jest.setTimeout(180_000);

const calls = 20;

interface CallList {
  items: { callId: string; attention?: { reason: string; mend: string; since: string } }[];
}

describe('a portal that refuses our authorisation', () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await Lab.open();
    await lab.start('api');
    await lab.start('worker');
    await lab.start('worker');
    await lab.connect();
  });
  afterAll(() => lab.close());

  /** Alarms of all processes together. */
  const alarms = (change: string): Record<string, unknown>[] =>
    lab.processes.flatMap((one) => one.lines()).filter(({ alarm }) => alarm === change);

  it('is one alarm, however many calls wait, and one order takes all of them up again', async () => {
    lab.portal.control.set({ authPolicy: 'appOnly' });
    const placed = [];
    for (let index = 0; index < calls; index += 1) placed.push(await lab.placeCall());
    for (const { answered } of placed) await lab.send('call-answered', answered);
    const waiting = (): Promise<CallList> =>
      lab.admin('GET', `connections/${lab.connection}/calls?attention=true&limit=100`);
    await eventually(async () => (await waiting()).items.length === calls, 'every call waits', 60_000);
    expect((await waiting()).items[0]!.attention).toMatchObject({
      reason: 'wrong-auth-type',
      mend: expect.any(String) as unknown,
      since: expect.any(String) as unknown,
    });
    expect(alarms('raised')).toMatchObject([
      { level: 50, connection: lab.connection, peer: 'bitrix24', reason: 'wrong-auth-type' },
    ]);
    expect(await lab.metric(`bridge_peer_up{connection="${lab.connection}",peer="bitrix24"}`)).toBe(0);

    lab.portal.control.set({ authPolicy: 'both' });
    await lab.admin('POST', `connections/${lab.connection}/calls/retry`, {
      filter: { state: 'attention' },
    });
    for (const { ended } of placed) await lab.send('call-ended', ended);
    for (const { callId } of placed) await lab.settled(callId, 90_000);
    for (const { callId, recordingId } of placed) await lab.expectWholeOnce(callId, recordingId);
    await eventually(() => alarms('cleared').length === 1, 'the all-clear is given once');
    expect(alarms('raised')).toHaveLength(1);
    expect(await lab.metric(`bridge_peer_up{connection="${lab.connection}",peer="bitrix24"}`)).toBe(1);
  });
});
