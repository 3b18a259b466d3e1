import { request as httpRequest } from 'node:http';
import type { ApiLab } from '../../../test/support/api-lab';
import { openApiLab, token } from '../../../test/support/api-lab';
import { eventually } from '../../../test/support/eventually';
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

describe('a body that is too long', () => {
  it('is refused with 413 by its length, and its first 64 KiB are kept', async () => {
    const body = `{"note":"${'x'.repeat(70_000)}`;
    expect((await send({ body })).status).toBe(413);
    expect(await newest()).toMatchObject({
      reason: 'body-too-large',
      event: 'call-started',
      body: body.slice(0, 65_536),
    });
  });

  it('is refused with 413 without a length too, and never read to its end', async () => {
    expect(await sendChunked(lab, 'x'.repeat(65_537))).toBe(413);
    const { status, accepted } = await endless();
    expect(status).toBe(413);
    // What the sockets of both sides hold counts as sent.
    expect(accepted).toBeLessThan(20_000_000);
  });

  it('is refused before it is sent when the sender asks first', async () => {
    const head = `POST /webhooks/3cx/office/call-started HTTP/1.1\r\nHost: x\r\nX-Webhook-Token: ${token}\r\nContent-Type: application/json\r\n`;
    const refused = await lab.raw(
      `${head}Expect: 100-continue\r\nContent-Length: 2\r\nContent-Encoding: gzip\r\n\r\n`,
    );
    expect(refused).toMatch(/^HTTP\/1.1 415 /);
    const asked = await lab.raw(
      `${head}Connection: close\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}`,
    );
    expect(asked).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 400 /);
  });

  it('leaves the connection usable when its rest is short', async () => {
    const body = 'x'.repeat(65_600);
    const head = `POST /webhooks/3cx/office/call-started HTTP/1.1\r\nHost: x\r\nX-Webhook-Token: ${token}\r\nContent-Type: application/json\r\n`;
    const answers = await lab.raw(
      `${head}Content-Length: ${body.length}\r\n\r\n${body}${head}Connection: close\r\nContent-Length: 2\r\n\r\n{}`,
    );
    expect(answers.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 413', 'HTTP/1.1 400']);
  });
});

describe('content that is hard to read', () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const started = '"callId":"00000000-0000-4000-8000-ffffffffffff"';
  it.each<[string, number, Sent]>([
    ['broken UTF-8', 400, { body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]) }],
    ['windows-1251 in a form', 400, { headers: form, body: 'callId=1&note=%CF%F0%E8%E2%E5%F2' }],
    ['UTF-16', 400, { body: Buffer.from('{"callId":"1"}', 'utf16le') }],
    ['a byte order mark', 202, { body: `\ufeff{${started}}` }],
    ['a trailing comma', 400, { body: `{${started},}` }],
    ['two documents', 400, { body: `{${started}}{}` }],
    ['null', 400, { body: 'null' }],
    ['a list', 400, { body: `[{${started}}]` }],
    ['a text', 400, { body: '"call"' }],
    ['a number', 400, { body: '1' }],
    ['deep nesting', 202, { body: `{${started},"x":${'['.repeat(30_000)}${']'.repeat(30_000)}}` }],
    ['a list as id', 400, { body: '{"callId":["1"]}' }],
    ['an operator as id', 400, { body: '{"callId":{"$ne":null}}' }],
    ['an operator in a form', 400, { headers: form, body: 'callId[$ne]=1' }],
    ['two different ids in a form', 400, { headers: form, body: 'callId=1&callId=2' }],
    ['the same id twice in a form', 202, { headers: form, body: 'callId=1&callId=1' }],
    ['a field given twice that nobody reads', 202, { headers: form, body: 'callId=1&tag=a&tag=b' }],
    [
      'names that reach prototypes',
      202,
      { body: `{${started},"__proto__":{"event":"x"},"constructor":{"prototype":{"y":1}},"toString":1}` },
    ],
    [
      'names that reach prototypes in a form',
      202,
      { headers: form, body: 'callId=1&__proto__=x&__proto__[y]=1&constructor=1' },
    ],
    ['a NUL in a name', 202, { body: `{${started},"a\\u0000b":1}` }],
    ['a lone surrogate', 202, { body: `{${started},"note":"\\ud800"}` }],
    ['a body that is cut off', 400, { headers: form, body: '%' }],
    [
      'a placeholder in the query that looks like an escape',
      400,
      { method: 'GET', path: '/office/call-started?callId=%CallId%' },
    ],
    ['an escape that is none', 202, { method: 'GET', path: '/office/call-started?callId=1&note=100%' }],
    [
      'many names',
      202,
      { headers: form, body: `callId=1&${Array.from({ length: 9_000 }, (_, i) => `k${i}`).join('&')}` },
    ],
    ['a path that cannot be decoded', 404, { path: '/office/%ff' }],
    ['a NUL in the path', 404, { path: '/office/%00' }],
    ['a parameter in the path', 404, { path: '/office/call-started;x=y' }],
    ['no content at all', 400, { body: '', headers: {} }],
  ])('%s: %i', async (_, status, sent) => {
    expect((await send(sent)).status).toBe(status);
    expect(({} as Record<string, unknown>).y).toBeUndefined();
  });

  it('is kept as it came, bytes that are no text in base64', async () => {
    await send({ body: Buffer.from([0x7b, 0xff]) });
    expect(await newest()).toMatchObject({
      body: Buffer.from([0x7b, 0xff]).toString('base64'),
      bodyEncoding: 'base64',
      status: 400,
    });
    await send({ path: '/office/call-startd', body: json({ callId: '1' }) });
    expect(await newest()).toMatchObject({
      reason: 'unknown-event',
      status: 404,
      event: 'call-startd',
      body: '{"callId":"1"}',
    });
    await send({ headers: { 'content-type': 'text/plain' }, body: 'callId=1' });
    expect(await newest()).toMatchObject({
      reason: 'unsupported-media-type',
      status: 415,
      body: 'callId=1',
      contentType: 'text/plain',
    });
    await send({ body: '{"callId":"%CallId%"}' });
    expect(await newest()).toMatchObject({
      reason: 'placeholder',
      status: 400,
      errors: [{ field: 'callId' }],
    });
  });

  it('is not kept without a good token', async () => {
    const before = (await newest())?.id;
    await send({ headers: { 'x-webhook-token': 'wrong' }, body: '{' });
    expect((await newest())?.id).toBe(before);
  });

  it('shows nothing of itself in the log, not even when it breaks HTTP', async () => {
    const head = `POST /webhooks/3cx/office/call-started?token=${token} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n`;
    const body = '{"callId":"a-1","callerNumber":"79997654321"}';
    const chunk = `${body.length.toString(16)}\r\n${body}\r\n`;
    const answer = await lab.raw(`${head}Transfer-Encoding: chunked\r\n\r\n${chunk}zz${body}\r\n`, 2_000);
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    await eventually(async () => (await newest())?.body === body, 'it is kept as far as it came');
    const bytes = Buffer.from('7654321').toJSON().data.join(',');
    for (const secret of ['7654321', bytes, token]) expect(lab.logged.join('')).not.toContain(secret);
  });

  it('shows no number in the log', async () => {
    await send({ body: json({ callId: freshId(), callerNumber: '+79997654321' }) });
    await send({ body: json({ callId: '', callerNumber: '+79997654321' }) });
    expect(lab.logged.join('')).not.toContain('7654321');
  });
});

/** Sends without end; gives the status and how many bytes found their way. */
function endless(): Promise<{ status: number; accepted: number }> {
  return new Promise((resolve) => {
    const headers = { 'x-webhook-token': token, 'content-type': 'application/json' };
    const request = httpRequest(`${lab.url}/webhooks/3cx/office/call-started`, {
      method: 'POST',
      headers,
      agent: false,
    });
    let status = 0;
    const piece = Buffer.alloc(65_536, 'x');
    const push = (): void => {
      while (request.write(piece));
    };
    request.on('drain', push);
    request.on('response', (answer) => {
      status = answer.statusCode ?? 0;
      answer.resume();
    });
    request.on('error', () => undefined);
    request.on('close', () => resolve({ status, accepted: request.socket?.bytesWritten ?? 0 }));
    push();
  });
}
