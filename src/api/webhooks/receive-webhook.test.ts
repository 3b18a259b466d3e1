import type { ApiLab } from '../../../test/support/api-lab';
import { connectionOf, olderToken, openApiLab, token } from '../../../test/support/api-lab';
import type { Sent } from '../../../test/support/webhook-sender';
import { freshId, newestRejected, sendChunked, sendTo } from '../../../test/support/webhook-sender';

let lab: ApiLab;

beforeAll(async () => {
  lab = await openApiLab();
});

afterAll(() => lab.close());

const send = (sent: Sent): Promise<Response> => sendTo(lab, sent);
const newest = (): ReturnType<typeof newestRejected> => newestRejected(lab);
const json = (fields: object): string => JSON.stringify(fields);

describe('a webhook that is understood', () => {
  it('is in its workflow when the 202 comes, and only one request was made for it', async () => {
    const callId = freshId();
    const asked = lab.gateway.asked;
    const answer = await send({ body: json({ callId, callerNumber: '+7 999 123-45-67' }) });
    expect(answer.status).toBe(202);
    expect(await answer.json()).toEqual({ callId, workflowId: `call/office/${callId}`, heldBy: 'temporal' });
    expect(lab.gateway.asked - asked).toBe(1);
    expect(lab.gateway.delivered.at(-1)).toMatchObject({
      ref: { connection: 'office', callId, workflowId: `call/office/${callId}` },
      event: { event: 'call-started', callerNumber: '79991234567', source: 'webhook' },
    });
  });

  it('may come as JSON, as a form, as a query, and with the event in the body', async () => {
    const callId = freshId();
    const fields = { callId, extension: '201' };
    const form = new URLSearchParams(fields).toString();
    const formHeaders = { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' };
    const path = '/office/call-ringing';
    const answers = [
      await send({ path, body: json(fields) }),
      await send({ path, body: form, headers: formHeaders }),
      await send({ path: `${path}?${form}`, method: 'GET' }),
      await send({ path: `${path}/?${form}`, body: '', headers: formHeaders }),
      await send({ path: '/office', body: json({ ...fields, event: 'call-ringing' }) }),
      await send({ path: `/office?event=call-ringing&${form}`, method: 'GET' }),
    ];
    expect(answers.map((answer) => answer.status)).toEqual([202, 202, 202, 202, 202, 202]);
    const events = lab.gateway.delivered.filter(({ ref }) => ref.callId === callId);
    expect(new Set(events.map(({ event }) => event.deliveryKey)).size).toBe(1);
  });

  it('knows its repeats by X-Delivery-Id', async () => {
    const body = json({ callId: freshId() });
    await send({ body, headers: { 'x-delivery-id': 'd-1' } });
    await send({ body, headers: { 'x-delivery-id': 'd-1' } });
    await send({ body, headers: { 'x-delivery-id': 'd-2' } });
    const keys = lab.gateway.delivered.slice(-3).map(({ event }) => event.deliveryKey);
    expect(keys[0]).toBe(keys[1]);
    expect(keys[0]).not.toBe(keys[2]);
  });

  it('gives a report without id an id of its own', async () => {
    const answer = await send({
      path: '/office/call-report',
      body: json({ PHONE_NUMBER: '79991234567', agent: '201', CALL_START_DATE: '2026-11-20T10:00:00Z' }),
    });
    expect(answer.status).toBe(202);
    expect(((await answer.json()) as { callId: string }).callId).toMatch(/^report-/);
  });

  it('may have 65,536 bytes', async () => {
    const body = json({ callId: freshId(), note: '' });
    const padded = body.replace('"note":""', `"note":"${'x'.repeat(65_536 - body.length)}"`);
    expect(Buffer.byteLength(padded)).toBe(65_536);
    expect((await send({ body: padded })).status).toBe(202);
    expect(await sendChunked(lab, padded)).toBe(202);
  });

  it('may have a query of 64 KiB', async () => {
    const query = `callId=${freshId()}&note=`;
    const padded = query + 'x'.repeat(65_536 - query.length);
    expect((await send({ method: 'GET', path: `/office/call-started?${padded}` })).status).toBe(202);
    expect((await send({ method: 'GET', path: `/office/call-started?${padded}y` })).status).toBe(413);
    expect(await newest()).toMatchObject({ reason: 'body-too-large', status: 413 });
  });

  it('is kept aside when it is older than the ledger', async () => {
    const callId = freshId();
    const asked = lab.gateway.asked;
    const body = json({
      callId,
      startedAt: '2020-01-01T10:00:00Z',
      endedAt: '2020-01-01T10:01:00Z',
      status: 'answered',
    });
    const answer = await send({ path: '/office/call-ended', body });
    expect(answer.status).toBe(202);
    expect(await answer.json()).toMatchObject({ callId, workflowId: `call/office/${callId}` });
    expect(lab.gateway.asked).toBe(asked);
    expect(await newest()).toMatchObject({ reason: 'too-old', status: 202, event: 'call-ended', body });
  });
});

describe('the token', () => {
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;
  const withAuthorization = (authorization: string): Promise<Response> =>
    send({ headers: { 'x-webhook-token': '', authorization }, body: json({ callId: freshId() }) });

  it.each([
    ['Bearer', `Bearer ${token}`],
    ['Bearer in lower case', `bearer ${token}`],
    ['Bearer with two spaces', `Bearer  ${token}`],
    ['the one before it, while tokens are changed', `Bearer ${olderToken}`],
    ['password of Basic', basic(`3cx:${token}`)],
    ['password of Basic without a user', basic(`:${token}`)],
  ])('is taken as %s', async (_, authorization) => {
    expect((await withAuthorization(authorization)).status).toBe(202);
  });

  it.each([
    ['none', ''],
    ['Bearer without one', 'Bearer '],
    ['a wrong one', `Bearer ${token}x`],
    ['a prefix of it', `Bearer ${token.slice(0, -1)}`],
    ['the right one under another scheme', `Token ${token}`],
    ['as the user of Basic', basic(`${token}:`)],
    ['Basic without colon', basic(token)],
    ['Basic with more behind it', basic(`3cx:${token}:x`)],
  ])('is refused: %s', async (_, authorization) => {
    const answer = await withAuthorization(authorization);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect(await answer.json()).toEqual({
      type: 'about:blank',
      title: 'Not authorised',
      status: 401,
      detail: 'No or wrong webhook token.',
      errors: [{ field: 'token', message: 'is missing or wrong' }],
    });
  });

  it('may stand in the query, is no field then, and is neither logged nor kept', async () => {
    const path = `/office/call-started?TOKEN=${token}&callId=%CallId%`;
    const answer = await send({ method: 'GET', path, headers: { 'x-webhook-token': '' } });
    expect(answer.status).toBe(400);
    const row = await newest();
    expect(row?.query).toEqual({ callId: '%CallId%' });
    expect(lab.logged.join('')).not.toContain(token);
  });

  it('is good if any of those sent is', async () => {
    const path = `/office/call-started?token=wrong&token=${token}`;
    const headers = { 'x-webhook-token': 'wrong', authorization: 'Bearer wrong' };
    expect((await send({ path, headers, body: json({ callId: freshId() }) })).status).toBe(202);
  });

  it('may hold any characters', async () => {
    await lab.put(connectionOf({ id: 'odd', webhookTokens: ['слово: ключ'] }));
    const path = `/odd/call-started?token=${encodeURIComponent('слово: ключ')}`;
    expect(
      (await send({ path, headers: { 'x-webhook-token': '' }, body: json({ callId: freshId() }) })).status,
    ).toBe(202);
    const authorization = basic('u:слово: ключ');
    expect(
      (
        await send({
          path: '/odd/call-started',
          headers: { 'x-webhook-token': '', authorization },
          body: json({ callId: freshId() }),
        })
      ).status,
    ).toBe(202);
  });

  it('slows down floods of wrong ones, but never a good one', async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 130; i++)
      statuses.push((await send({ headers: { 'x-webhook-token': `guess-${i}` } })).status);
    expect(statuses[0]).toBe(401);
    expect(statuses.at(-1)).toBe(429);
    const flood = await send({ headers: { 'x-webhook-token': 'guess' } });
    expect(Number(flood.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await send({ headers: { 'x-webhook-token': '' } })).status).toBe(401);
    expect((await send({ body: json({ callId: freshId() }) })).status).toBe(202);
  });
});

describe('the order of refusals', () => {
  const nothing = { 'x-webhook-token': '' };
  it.each<[string, number, Sent]>([
    ['unknown connection before the token', 404, { path: '/nobody/call-started', headers: nothing }],
    ['no connection name', 404, { path: '/Office/call-started' }],
    ['an operator as name', 404, { path: `/${encodeURIComponent('{"$ne":1}')}/call-started` }],
    ['token before the event', 401, { path: '/office/nothing', headers: nothing }],
    ['token before the method', 401, { method: 'PUT', headers: nothing }],
    ['event before the method', 404, { path: '/office/nothing', method: 'PUT' }],
    ['another path', 404, { path: '/office/call-started/more' }],
    ['method before the type', 405, { method: 'PUT', headers: { 'content-type': 'text/plain' } }],
    ['HEAD', 405, { method: 'HEAD' }],
    ['DELETE', 405, { method: 'DELETE', body: '' }],
    ['an overridden method', 405, { method: 'PATCH', headers: { 'x-http-method-override': 'POST' } }],
    ['type before the length', 415, { headers: { 'content-type': 'text/plain' }, body: 'x'.repeat(70_000) }],
    ['a type that only looks like JSON', 415, { headers: { 'content-type': 'application/json-patch+json' } }],
    ['multipart', 415, { headers: { 'content-type': 'multipart/form-data; boundary=x' } }],
    ['two types', 415, { headers: { 'content-type': 'application/json, text/plain' } }],
    ['another charset', 415, { headers: { 'content-type': 'application/json; charset=windows-1251' } }],
    ['a compressed body', 415, { headers: { 'content-encoding': 'gzip' } }],
    ['length before the content', 413, { body: 'x'.repeat(65_537) }],
    ['malformed JSON', 400, { body: '{"callId":' }],
    ['a missing field', 400, { body: '{}' }],
    ['a bad field', 400, { body: json({ callId: 'a b' }) }],
    ['a placeholder', 400, { body: json({ callId: '%CallId%' }) }],
  ])('%s: %i', async (_, status, sent) => {
    const answer = await send(sent);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    if (sent.method !== 'HEAD') {
      const problem = (await answer.json()) as {
        status: number;
        errors?: { field: string; message: string }[];
      };
      expect(problem.status).toBe(status);
      if (sent.path !== '/office/call-started/more') expect(problem.errors).not.toHaveLength(0);
    }
    if (status === 405) expect(answer.headers.get('allow')).toBe('GET, POST');
  });

  it('names the field that is wrong', async () => {
    const answer = await send({
      path: '/office/call-ringing',
      body: json({ callId: '1', extension: 'HOL' }),
    });
    expect(await answer.json()).toMatchObject({
      errors: [{ field: 'extension', message: expect.any(String) }],
    });
  });

  it('reads no body before the token is checked', async () => {
    const answer = await lab.raw(
      'POST /webhooks/3cx/office/call-started HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1.1 401 /);
  });
});
