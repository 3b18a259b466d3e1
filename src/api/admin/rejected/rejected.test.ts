import type { AdminLab } from '../../../../test/support/admin-lab';
import { openAdminLab } from '../../../../test/support/admin-lab';
import { token } from '../../../../test/support/api-lab';
import type { RejectedItem } from '../../../store';

let lab: AdminLab;
beforeEach(async () => {
  lab = await openAdminLab();
});
afterEach(() => lab.close());

const base = '/connections/office/rejected';
const send = (event: string, body: unknown, headers: Record<string, string> = {}) =>
  lab.askRoot('POST', `/webhooks/3cx/office/${event}`, { key: token, body, headers });
const list = async (): Promise<RejectedItem[]> => (await lab.ask('GET', base)).body.items;
const replay = (id: string, body?: unknown) => lab.ask('POST', `${base}/${id}/replay`, { body });

describe('rejected webhooks', () => {
  it('are listed with when, why and what', async () => {
    expect((await send('call-ringing', { callId: '%CallId%', extension: '101' })).status).toBe(400);
    expect(await list()).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f]{24}$/),
        at: expect.any(String),
        reason: expect.any(String),
        status: 400,
        errors: [{ field: 'callId', message: expect.any(String) }],
        event: 'call-ringing',
        contentType: 'application/json',
        body: '{"callId":"%CallId%","extension":"101"}',
        bodyEncoding: 'utf8',
        query: {},
        replayedAt: null,
      },
    ]);
  });

  it('can be sent again corrected, and are marked', async () => {
    await send('call-ringing', { callId: '%CallId%', extension: '101', callerNumber: '+79991234567' });
    const [item] = await list();
    const answer = await replay(item!.id, { callId: 'c-1', extension: '101', callerNumber: '+79991234567' });
    expect([answer.status, answer.body]).toEqual([
      202,
      { callId: 'c-1', workflowId: 'call/office/c-1', heldBy: 'temporal' },
    ]);
    expect(lab.gateway.delivered[0]!.event).toMatchObject({
      event: 'call-ringing',
      source: 'replay',
      extension: '101',
      receivedAt: item!.at,
    });
    expect((await list())[0]!.replayedAt).toEqual(expect.any(String));
  });

  it('give the same event when they are sent again twice', async () => {
    await send('call-ringing', { callId: '%CallId%', extension: '101' });
    const [item] = await list();
    await replay(item!.id, { callId: 'c-1', extension: '101' });
    await replay(item!.id, { callId: 'c-1', extension: '101' });
    const [first, second] = lab.gateway.delivered;
    expect(second!.event.deliveryKey).toBe(first!.event.deliveryKey);
  });

  it('can be corrected in the form in which they are listed', async () => {
    await send('call-ringing', { extension: '101' });
    const [item] = await list();
    const body = { callId: 'c-9', extension: '101' };
    expect((await replay(item!.id, { event: 'call-answered', body })).body).toMatchObject({ callId: 'c-9' });
  });

  it('are read again as they came when no correction is sent', async () => {
    await send('call-ringed', { callId: 'c-2', extension: '101' });
    const [unknown] = await list();
    expect((await replay(unknown!.id)).status).toBe(400);
    expect(
      (await replay(unknown!.id, { callId: 'c-2', extension: '101', event: 'call-ringing' })).status,
    ).toBe(202);
    await send('call-ended', '{"callId":"c-3","duration":5}', { 'content-type': 'text/plain' });
    const [asText] = await list();
    expect(asText).toMatchObject({ status: 415 });
    expect((await replay(asText!.id)).body).toMatchObject({ callId: 'c-3' });
  });

  it('go to the inbox while Temporal is away', async () => {
    await send('call-ringing', { callId: '%CallId%', extension: '101' });
    lab.gateway.state = 'down';
    const [item] = await list();
    expect((await replay(item!.id, { callId: 'c-4', extension: '101' })).body).toMatchObject({
      heldBy: 'inbox',
    });
    expect(await lab.store.inbox.forCall('office', 'c-4')).toHaveLength(1);
  });

  it('say again what is wrong when the correction is wrong, and stay unmarked', async () => {
    await send('call-ringing', { callId: '%CallId%', extension: '101' });
    const [item] = await list();
    const answer = await replay(item!.id, { callId: 'c-5', extension: 'abc' });
    expect([answer.status, answer.body.errors[0].field]).toEqual([400, 'extension']);
    expect((await replay(item!.id, [])).status).toBe(400);
    expect((await list())[0]!.replayedAt).toBeNull();
  });

  it('older than the ledger are not written again', async () => {
    await send('call-ended', { callId: 'old', startedAt: '2020-01-01T00:00:00Z', duration: 3 });
    const [item] = await list();
    expect(item).toMatchObject({ reason: 'too-old', status: 202 });
    expect((await replay(item!.id)).status).toBe(409);
    expect(lab.gateway.delivered).toEqual([]);
  });

  it.each(['x', 'null', 'undefined', '12345', '../../keys', '0'.repeat(24), 'exactly12chr', '%00'])(
    'are not found as %s',
    async (id) => {
      expect((await replay(encodeURIComponent(id), {})).status).toBe(404);
    },
  );

  it('of another connection are not found', async () => {
    await send('call-ringing', { callId: '%CallId%', extension: '101' });
    const [item] = await list();
    await lab.put({ ...(await lab.store.connections.get('office'))!.value, id: 'other' });
    expect(
      (await lab.ask('POST', `/connections/other/rejected/${item!.id}/replay`, { body: {} })).status,
    ).toBe(404);
    expect((await lab.ask('GET', '/connections/other/rejected')).body).toEqual({ items: [] });
  });
});
