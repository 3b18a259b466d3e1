import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, Server } from 'node:http';
import { createServer } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { WebSocketServer } from 'ws';
import { testConnection } from '../../../test/support/test-connection';
import type { Connection } from '../../domain/connection';
import { PbxTransports } from '../transports';
import { openEventSocket } from './event-socket';
import { PbxLine } from './pbx-line';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const fixture = (name: string): string =>
  readFileSync(path.join(__dirname, '../../../test/fixtures/tls', name), 'utf8');

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

/** Takes sockets, and notes with which token they came. */
async function socketServer(server: Server): Promise<{ port: number; tokens: (string | undefined)[] }> {
  const sockets = new WebSocketServer({ server, path: '/callcontrol/ws' });
  const tokens: (string | undefined)[] = [];
  sockets.on('connection', (_socket, request) => tokens.push(request.headers.authorization));
  closers.push(() => {
    for (const socket of sockets.clients) socket.terminate();
  });
  return { port: await listen(server), tokens };
}

function lineTo(
  connection: Connection,
  replacements: string[] = [],
): { line: PbxLine; replaced: () => number } {
  const transports = new PbxTransports();
  closers.push(() => transports.close());
  let replaced = 0;
  const line = new PbxLine(connection, transports, {
    current: async () => ({ value: 'first', generation: 1 }),
    replace: async () => {
      replaced += 1;
      return { value: replacements.shift() ?? 'other', generation: 1 + replaced };
    },
  });
  return { line, replaced: () => replaced };
}

const signal = (): AbortSignal => AbortSignal.timeout(10_000);

/** Answers every upgrade with plain HTTP. */
async function refusing(answer: (request: IncomingMessage) => string): Promise<string> {
  const server = createServer();
  server.on('upgrade', (request, socket) => void socket.end(`HTTP/1.1 ${answer(request)}\r\n\r\n`));
  return `http://127.0.0.1:${await listen(server)}`;
}

describe('the event socket', () => {
  it('is opened with the token, over a private authority that the connection names', async () => {
    const keys = { key: fixture('pbx-key.pem'), cert: fixture('pbx-cert.pem') };
    const { port, tokens } = await socketServer(https.createServer(keys));
    const baseUrl = `https://localhost:${port}`;
    const { line } = lineTo(testConnection(baseUrl, { caCertificate: fixture('ca.pem') }));
    (await line.open(signal())).close();
    expect(tokens).toEqual(['Bearer first']);
    await expect(lineTo(testConnection(baseUrl)).line.open(signal())).rejects.toMatchObject({
      reason: 'certificate-not-trusted',
    });
    expect(tokens).toHaveLength(1);
  });

  it('follows no redirect: the token goes to nobody else', async () => {
    const { port, tokens } = await socketServer(createServer());
    const baseUrl = await refusing(
      () => `302 Found\r\nLocation: http://127.0.0.1:${port}/callcontrol/ws\r\nContent-Length: 0`,
    );
    await expect(lineTo(testConnection(baseUrl)).line.open(signal())).rejects.toMatchObject({
      reason: 'redirected',
    });
    expect(tokens).toEqual([]);
  });

  it.each([
    ['403 Forbidden', 'call-control-right-missing', 'authorisation'],
    ['404 Not Found', 'call-control-missing', 'not-yet'],
    ['502 Bad Gateway', 'pbx-busy', 'not-yet'],
  ])('says why the upgrade was answered with %s', async (answer, reason, reaction) => {
    const { line, replaced } = lineTo(testConnection(await refusing(() => `${answer}\r\nContent-Length: 0`)));
    await expect(line.open(signal())).rejects.toMatchObject({ reason, reaction });
    expect(replaced()).toBe(0);
  });

  it('answers a 401 by one newer token, and waits after a second', async () => {
    const seen: (string | undefined)[] = [];
    const baseUrl = await refusing(({ headers }) => {
      seen.push(headers.authorization);
      return '401 Unauthorized\r\nContent-Length: 0';
    });
    const { line, replaced } = lineTo(testConnection(baseUrl), ['second']);
    await expect(line.open(signal())).rejects.toMatchObject({
      reason: 'token-superseded',
      retryAfterMs: 60_000,
    });
    expect(seen).toEqual(['Bearer first', 'Bearer second']);
    expect(replaced()).toBe(1);
  });

  it('breaks when nobody answers its pings', async () => {
    const sockets = new WebSocketServer({ noServer: true, autoPong: false });
    const server = createServer();
    server.on('upgrade', (request, socket, head) =>
      sockets.handleUpgrade(request, socket, head, () => undefined),
    );
    const { closed } = await openEventSocket({
      url: `ws://127.0.0.1:${await listen(server)}/callcontrol/ws`,
      token: 't',
      ca: undefined,
      lookup: () => undefined,
      signal: signal(),
      pingEveryMs: 30,
    });
    await closed;
  });

  it('gives up when it is called off', async () => {
    const server = createServer();
    server.on('upgrade', () => undefined);
    const baseUrl = `http://127.0.0.1:${await listen(server)}`;
    const stop = new AbortController();
    const opening = lineTo(testConnection(baseUrl)).line.open(stop.signal);
    stop.abort();
    await expect(opening).rejects.toMatchObject({ reason: 'cancelled' });
  });
});

describe('reading over the same line', () => {
  it('tells what has gone from what cannot be read', async () => {
    const server = createServer((request, response) => {
      const gone = request.url?.endsWith('/1') === true;
      response.writeHead(gone ? 404 : 200).end(gone ? '' : '{"status":"Unheard"}');
    });
    const { line } = lineTo(testConnection(`http://127.0.0.1:${await listen(server)}`));
    expect(await line.participant('/callcontrol/101/participants/1', signal())).toBe('gone');
    expect(await line.participant('/callcontrol/101/participants/2', signal())).toBeNull();
    await expect(line.snapshot(signal())).rejects.toMatchObject({ reason: 'not-json' });
  });

  it('shares one renewal when several readings meet a 401', async () => {
    const server = createServer((request, response) => {
      const good = request.headers.authorization === 'Bearer second';
      response.writeHead(good ? 200 : 401).end('[]');
    });
    const { line, replaced } = lineTo(testConnection(`http://127.0.0.1:${await listen(server)}`), ['second']);
    await line.snapshot(signal());
    await Promise.all([line.snapshot(signal()), line.snapshot(signal())]);
    expect(replaced()).toBe(1);
  });
});
