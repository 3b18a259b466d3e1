import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import Koa from 'koa';
import type { ApiLab } from '../../../test/support/api-lab';
import { openApiLab, token } from '../../../test/support/api-lab';
import { eventually } from '../../../test/support/eventually';
import { renderProblems } from '../render-problems';
import { createWebhookRouter } from './router';

let lab: ApiLab;
let server: Server;

beforeAll(async () => {
  lab = await openApiLab();
  const app = new Koa().use(renderProblems(lab.deps.log));
  app.silent = true;
  app.use(createWebhookRouter(lab.deps, { bodyMs: 2_000 }).routes());
  const handle = app.callback();
  server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await lab.close();
});

const head =
  'POST /webhooks/3cx/office/call-started HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n' +
  `X-Webhook-Token: ${token}\r\n`;

/** Writes the beginning of a request; `answered` gives all that comes back until the other side closes. */
function begin(text: string): { socket: Socket; sent: Promise<void>; answered: Promise<string> } {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk) => (answer += chunk.toString()));
  socket.on('error', () => undefined);
  const answered = new Promise<string>((resolve) => socket.on('close', () => resolve(answer)));
  const sent = new Promise<void>((resolve) => socket.write(text, () => resolve()));
  return { socket, sent, answered };
}

const newest = async (): Promise<unknown> => (await lab.store.rejected.list('office', { limit: 1 })).items[0];

describe('a body that comes slowly', () => {
  it('gets 408 when it is not complete in time, and what came is kept', async () => {
    const started = Date.now();
    const { socket, answered } = begin(`${head}Content-Length: 100\r\n\r\n{"callId"`);
    const drip = setInterval(() => socket.write(' '), 50);
    const answer = await answered;
    clearInterval(drip);
    expect(answer).toMatch(/^HTTP\/1.1 408 .*\r\nConnection: close\r\n.*"errors":\[\{"field":"body"/s);
    expect(Date.now() - started).toBeGreaterThanOrEqual(2_000);
    expect(await newest()).toMatchObject({ status: 408, reason: 'body-too-slow' });
  });

  it('is taken when it is complete in time', async () => {
    const { socket, answered } = begin(`${head}Connection: close\r\nContent-Length: 16\r\n\r\n{"callId"`);
    setTimeout(() => socket.write(':"a-1"}'), 100);
    expect(await answered).toMatch(/^HTTP\/1.1 202 /);
  });

  it('is kept as far as it came when the sender breaks off', async () => {
    const { socket, sent, answered } = begin(`${head}Content-Length: 100\r\n\r\n{"callId":"broken-off`);
    await sent;
    socket.destroy();
    await answered;
    await eventually(async () => JSON.stringify(await newest()).includes('broken-off'), 'it is kept');
    expect(await newest()).toMatchObject({ status: 400, body: '{"callId":"broken-off' });
  });
});
