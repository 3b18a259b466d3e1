import { once } from 'node:events';
import { WebSocket } from 'ws';
import { TestPbx } from './test-pbx';

interface PbxEvent {
  sequence: number;
  event: { event_type: number; entity: string; attached_data: unknown };
}

describe('Call Control', () => {
  let pbx: TestPbx;
  let sockets: WebSocket[];
  beforeEach(async () => {
    sockets = [];
    pbx = await TestPbx.start({ apiClients: [{ clientId: 'bridge', monitored: ['101', '102'] }] });
  });
  afterEach(async () => {
    for (const socket of sockets) socket.terminate();
    await pbx.close();
  });

  const connect = (token = pbx.token): WebSocket => {
    const socket = new WebSocket(`${pbx.sim.url.replace('http', 'ws')}/callcontrol/ws`, {
      headers: { authorization: `Bearer ${token}` },
    });
    sockets.push(socket);
    return socket;
  };
  const listen = async (): Promise<{
    socket: WebSocket;
    events: PbxEvent[];
    until: (count: number) => Promise<void>;
  }> => {
    const socket = connect();
    const events: PbxEvent[] = [];
    let wake = (): void => undefined;
    socket.on('message', (data) => {
      events.push(JSON.parse(String(data)) as PbxEvent);
      wake();
    });
    await once(socket, 'open');
    const until = async (count: number): Promise<void> => {
      while (events.length < count) await new Promise<void>((resolve) => (wake = resolve));
    };
    return { socket, events, until };
  };
  const statusOfUpgrade = async (token: string): Promise<number | undefined> => {
    const socket = connect(token);
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode?: number }];
    socket.on('error', () => undefined);
    return response.statusCode;
  };

  it('tells of phones by path only; GET shows what is there, and 404 when it has gone', async () => {
    const { events, until } = await listen();
    const seen: unknown[] = [];
    await pbx.control.play('queue', {
      onMoment: async ({ kind }) => {
        if (kind !== 'answered') return;
        await until(4);
        seen.push(JSON.parse((await pbx.get(events[3]?.event.entity ?? '')).text));
      },
    });
    await until(5);
    expect(
      events.map(({ sequence, event }) => [sequence, event.event_type, event.entity.split('/')[2]]),
    ).toEqual([
      [1, 0, '101'],
      [2, 1, '101'],
      [3, 0, '102'],
      [4, 0, '102'],
      [5, 1, '102'],
    ]);
    expect(events.every(({ event }) => event.attached_data === null)).toBe(true);
    expect(seen).toMatchObject([
      { status: 'Connected', party_caller_id: '+79161234567', party_did: '74951234567', callid: 1 },
    ]);
    expect((await pbx.get(events[0]?.event.entity ?? '')).status).toBe(404);
  });

  it('carries the participant when switched, bare or wrapped, and tells a state several times', async () => {
    pbx.control.set({ attachedData: 'wrapped', upsertsPerState: 2 });
    const { events, until } = await listen();
    await pbx.control.play('inbound-missed');
    await until(3);
    expect(events.map(({ event }) => event.event_type)).toEqual([0, 0, 1]);
    expect(events[0]?.event.attached_data).toMatchObject({
      StatusCode: 200,
      Response: { status: 'Ringing' },
    });
    expect(events[2]?.event.attached_data).toBeNull();
  });

  it('shows an outbound call as dialling', async () => {
    const seen: string[] = [];
    await pbx.control.play('outbound-answered', {
      onMoment: () => void seen.push(...pbx.control.participants.map((one) => `${one.dn} ${one.status}`)),
    });
    expect(seen).toEqual(['101 Dialing', '101 Dialing', '101 Connected']);
  });

  it('hides extensions that are not selected on the client, and says 403 for them', async () => {
    const { events } = await listen();
    await pbx.control.play('inbound-answered', { cast: { agents: ['201'] } });
    expect(events).toEqual([]);
    expect((await pbx.get('/callcontrol/201')).status).toBe(403);
    expect((await pbx.get('/callcontrol/101')).status).toBe(200);
    const { text } = await pbx.get('/callcontrol');
    expect(JSON.parse(text)).toMatchObject([
      { dn: '101', type: 'Wextension', participants: [] },
      { dn: '102', participants: [] },
    ]);
  });

  it('refuses the upgrade without a live token or without the right', async () => {
    expect(await statusOfUpgrade('nonsense')).toBe(401);
    pbx.control.addApiClient({ clientId: 'reader', scopes: ['xapi'] });
    expect(await statusOfUpgrade(pbx.control.mintToken('reader'))).toBe(403);
    expect((await pbx.get('/callcontrol', pbx.control.mintToken('reader'))).status).toBe(403);
  });

  it('breaks the socket when its token is superseded, and replays nothing', async () => {
    const { socket } = await listen();
    const closed = once(socket, 'close');
    const old = pbx.token;
    pbx.token = pbx.control.mintToken();
    await closed;
    expect(await statusOfUpgrade(old)).toBe(401);
    await pbx.control.play('inbound-missed');
    const { events } = await listen();
    expect(events).toEqual([]);
  });

  it('drops sockets in the middle of a call', async () => {
    const { socket } = await listen();
    const closed = once(socket, 'close');
    await pbx.control.play('inbound-answered', {
      onMoment: ({ kind }) => {
        if (kind === 'answered') pbx.control.dropSockets();
      },
    });
    await closed;
    expect(pbx.control.phones.listenerCount).toBe(0);
  });

  it('starts callids and participant ids again after a restart', async () => {
    await pbx.control.play('inbound-missed');
    pbx.control.restart();
    await pbx.control.play('inbound-missed');
    expect(pbx.control.calls.map((call) => call.callid)).toEqual([1, 1]);
    expect((await pbx.get('/callcontrol')).status).toBe(401);
  });

  it('answers requests over the socket', async () => {
    const { socket, events, until } = await listen();
    socket.send(JSON.stringify({ RequestID: 'a', Path: '/callcontrol/101' }));
    socket.send(JSON.stringify({ RequestID: 'b', Path: '/callcontrol/201' }));
    await until(2);
    expect(events.map(({ event }) => event)).toMatchObject([
      { event_type: 4, attached_data: { RequestID: 'a', StatusCode: 200, Response: { dn: '101' } } },
      { event_type: 4, attached_data: { RequestID: 'b', StatusCode: 403, Response: null } },
    ]);
  });

  it('dials for a phone', async () => {
    const answer = await fetch(`${pbx.sim.url}/callcontrol/101/makecall`, {
      method: 'POST',
      headers: { authorization: `Bearer ${pbx.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ destination: '79160000000' }),
    });
    expect(await answer.json()).toMatchObject({
      finalstatus: 'Success',
      result: { dn: '101', status: 'Dialing' },
    });
  });
});
