import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { get } from 'node:http';
import type { ApiLab } from '../../test/support/api-lab';
import { openApiLab, token } from '../../test/support/api-lab';
import { eventually } from '../../test/support/eventually';
import { ConnectionCache } from './connection-cache';
import { startApiServer } from './server';

let lab: ApiLab;

beforeAll(async () => {
  lab = await openApiLab();
});

afterAll(() => lab.close());

const problemIn = (answer: string): { status: number } =>
  JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)) as { status: number };

describe('the server', () => {
  it.each([
    ['no HTTP', 'hello\r\n\r\n', 400],
    ['TLS on the plain port', Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03]), 400],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
    ],
    ['an unknown method', 'GRAB / HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['an address of more than 80 KiB', `GET /${'x'.repeat(90_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 431],
    [
      'headers of more than 16 KiB',
      `GET /health/live HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(17_000)}\r\nConnection: close\r\n\r\n`,
      431,
    ],
    ['no Host', 'GET /health/live HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
  ])('refuses %s', async (_, bytes, status) => {
    const answer = await lab.raw(bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer.toLowerCase()).toContain('content-type: application/problem+json');
    expect(problemIn(answer)).toMatchObject({ type: 'about:blank', status });
  });

  it.each([
    ['/', 'GET', 404],
    ['/nothing', 'GET', 404],
    ['//health/live', 'GET', 404],
    ['/webhooks', 'POST', 404],
    ['/webhooks/3cx', 'POST', 404],
    ['/webhooks/3cx/%2e%2e/call-started', 'POST', 404],
    ['/health/live', 'POST', 405],
    ['/health/live', 'TRACE', 405],
    ['/webhooks/bitrix24/office/install', 'GET', 405],
  ])('answers %s with %s by a problem, %i', async (path, method, status) => {
    const answer = await lab.raw(`${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(problemIn(answer).status).toBe(status);
    if (status === 405) expect(answer).toMatch(/\r\nAllow: [A-Z, ]+\r\n/);
  });

  it('tells nothing about itself and lets no browser guess', async () => {
    const { headers } = await fetch(`${lab.url}/health/live`);
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('server')).toBeNull();
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('logs each request without its query', async () => {
    await fetch(`${lab.url}/health/live?token=secret-in-query&caller=79991112233`);
    const line = lab.logged
      .map((text) => JSON.parse(text) as { msg: string; route?: string })
      .find((one) => one.route === '/health/live');
    expect(line).toMatchObject({ msg: 'Request', method: 'GET', status: 200 });
    expect(lab.logged.join('')).not.toMatch(/secret-in-query|79991112233/);
  });

  it('is up while it runs, ready while one of its two servers is, and counts what it does', async () => {
    const ready = async (): Promise<[number, object]> => {
      const answer = await fetch(`${lab.url}/health/ready`);
      return [answer.status, (await answer.json()) as object];
    };
    expect((await fetch(`${lab.url}/health/live`)).status).toBe(200);
    expect(await ready()).toEqual([200, { status: 'up', temporal: 'up', mongodb: 'up' }]);
    lab.gateway.state = 'down';
    expect(await ready()).toEqual([200, { status: 'up', temporal: 'down', mongodb: 'up' }]);
    const headers = { 'x-webhook-token': token, 'content-type': 'application/json' };
    const post = (body: string): Promise<Response> =>
      fetch(`${lab.url}/webhooks/3cx/office/call-started`, { method: 'POST', headers, body });
    await post('{"callId":"a-1"}');
    await post('{');
    const metrics = await (await fetch(`${lab.url}/metrics`)).text();
    expect(metrics).toContain(
      'bridge_webhooks_total{connection="office",event="call-started",outcome="inbox"} 1',
    );
    expect(metrics).toContain(
      'bridge_webhooks_total{connection="office",event="call-started",outcome="400"} 1',
    );
    expect(metrics).toContain('bridge_rejected_webhooks_total{connection="office",reason="malformed"} 1');
    expect(metrics).toContain('bridge_webhook_ack_seconds_count{held_by="inbox"} 1');
    expect(metrics).toMatch(/bridge_inbox_events 1\n/);
    expect(metrics).toMatch(/bridge_temporal_up 0\n/);
    lab.gateway.state = 'up';
  });

  it('says by which variable a taken port can be changed', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    const deps = { ...lab.deps, connections: new ConnectionCache(lab.store.connections) };
    await expect(startApiServer(deps, { host: '127.0.0.1', port })).rejects.toMatchObject({
      message: expect.stringMatching(new RegExp(`^PORT: ${port} on 127.0.0.1 is in use`)) as string,
      expected: true,
    });
    await expect(startApiServer(deps, { host: '192.0.2.1', port: 0 })).rejects.toThrow(/^HOST: /);
    taken.close();
  });
});

describe('the stop', () => {
  it('answers what is in flight, refuses what comes later, and waits for no idle connection', async () => {
    const own = await openApiLab();
    const { port } = new URL(own.url);
    const idle = connect(Number(port), '127.0.0.1');
    await new Promise((resolve) => idle.once('connect', resolve));
    let answerNow = (): void => undefined;
    own.deps.calls.deliver = () => new Promise((resolve) => (answerNow = () => resolve('delivered')));
    const headers = { 'x-webhook-token': token, 'content-type': 'application/json' };
    let inFlight = false;
    const deliver = own.deps.calls.deliver;
    own.deps.calls.deliver = (...args) => {
      inFlight = true;
      return deliver(...args);
    };
    const answer = fetch(`${own.url}/webhooks/3cx/office/call-started`, {
      method: 'POST',
      headers,
      body: '{"callId":"a-1"}',
    });
    await eventually(() => inFlight, 'the request is in flight');
    const started = Date.now();
    const closed = own.close(10_000);
    await eventually(() => refuses(own.url), 'nobody listens any more');
    answerNow();
    const { status, headers: told } = await answer;
    expect([status, told.get('connection')]).toEqual([202, 'close']);
    await closed;
    // Nobody waits for connections over which nothing is said any more.
    expect(Date.now() - started).toBeLessThan(5_000);
  });

  it('cuts what does not end', async () => {
    const own = await openApiLab();
    own.deps.calls.deliver = () => new Promise(() => undefined);
    const hanging = fetch(`${own.url}/webhooks/3cx/office/call-started?token=${token}&callId=a-1`).catch(
      () => 'cut',
    );
    await eventually(() => own.deps.calls.deliver.length === 0, 'it hangs');
    await own.close();
    expect(await hanging).toBe('cut');
  });
});

function refuses(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    get(`${url}/health/live`, { agent: false }, (answer) => {
      answer.resume();
      resolve(false);
    }).on('error', () => resolve(true));
  });
}
