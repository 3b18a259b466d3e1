import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { recordingsAtOnce } from '../domain/recordings-at-once';
import { PbxTransport, readText } from './transport';
import type { PbxRequest } from './transport';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function listening(server: net.Server | http.Server): Promise<number> {
  const sockets = new Set<net.Socket>();
  server.on('connection', (socket: net.Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

async function transportTo(server: net.Server | http.Server): Promise<PbxTransport> {
  const transport = new PbxTransport(`http://127.0.0.1:${await listening(server)}`);
  closers.push(() => transport.close());
  return transport;
}

const get = async (transport: PbxTransport, extra: Partial<PbxRequest> = {}): Promise<string> =>
  readText(await transport.send({ method: 'GET', path: '/', ...extra }), 1_000_000);

it('asks the PBX while as many recordings as one worker fetches are on their way, slowly', async () => {
  let begun = 0;
  const server = http.createServer(({ url }, response) => {
    if (url === '/') return void response.end('hello');
    begun += 1;
    response.writeHead(200).write('R');
  });
  const transport = await transportTo(server);
  const downloads = Array.from({ length: recordingsAtOnce }, () =>
    transport.send({ method: 'GET', path: '/recording' }),
  );
  await Promise.all(downloads);
  expect(begun).toBe(recordingsAtOnce);
  await expect(get(transport, { totalTimeoutMs: 5_000 })).resolves.toBe('hello');
});

describe('a certificate of a private authority', () => {
  const fixture = (name: string): string =>
    readFileSync(path.join(__dirname, '../../test/fixtures/tls', name), 'utf8');
  let port: number;
  beforeEach(async () => {
    const keys = { key: fixture('pbx-key.pem'), cert: fixture('pbx-cert.pem') };
    port = await listening(https.createServer(keys, (_request, response) => response.end('hello')));
  });
  const via = (host: string, ca?: string): PbxTransport => {
    const transport = new PbxTransport(`https://${host}:${port}`, ca);
    closers.push(() => transport.close());
    return transport;
  };

  it('is taken when the connection names it', async () => {
    await expect(get(via('localhost', fixture('ca.pem')))).resolves.toBe('hello');
  });

  it('is refused when the connection does not name it', async () => {
    await expect(get(via('localhost'))).rejects.toMatchObject({ reason: 'certificate-not-trusted' });
  });

  it('is refused for another name', async () => {
    await expect(get(via('127.0.0.1', fixture('ca.pem')))).rejects.toMatchObject({
      reason: 'certificate-not-trusted',
    });
  });

  it('is nothing that an unreadable text can stand for', async () => {
    const wrong = '-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----';
    await expect(get(via('localhost', wrong))).rejects.toMatchObject({ reason: 'certificate-not-trusted' });
  });
});

it('reads a body slowly that the other side ends with its connection', async () => {
  const body = Buffer.alloc(4 * 1024 * 1024, 'x');
  const transport = await transportTo(
    net.createServer((socket) =>
      socket.once('data', () => {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`);
        socket.end(body);
      }),
    ),
  );
  const answer = await transport.send({ method: 'GET', path: '/' });
  let bytes = 0;
  for await (const chunk of answer.body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    await sleep(1);
  }
  expect(bytes).toBe(body.length);
});

it('asks again on a fresh connection when a kept one was closed meanwhile', async () => {
  let connections = 0;
  let asked = 0;
  const server = net.createServer((socket) => {
    connections += 1;
    const stale = connections === 1;
    socket.on('data', () => {
      asked += 1;
      if (stale && asked > 1) socket.resetAndDestroy();
      else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok');
    });
    socket.on('error', () => undefined);
  });
  const transport = await transportTo(server);
  await expect(get(transport)).resolves.toBe('ok');
  await expect(get(transport)).resolves.toBe('ok');
  expect({ connections, asked }).toEqual({ connections: 2, asked: 3 });
});

it('never sends a log-in twice', async () => {
  let asked = 0;
  const transport = await transportTo(
    net.createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', () => {
        asked += 1;
        if (asked > 1) socket.resetAndDestroy();
        else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok');
      });
    }),
  );
  await get(transport);
  await expect(transport.send({ method: 'POST', path: '/', body: 'x' })).rejects.toMatchObject({
    reason: 'pbx-unreachable',
  });
  expect(asked).toBe(2);
});

describe('patience', () => {
  const silent = (): http.Server => http.createServer(() => undefined);
  const drip = (everyMs: number): http.Server =>
    http.createServer((_request, response) => {
      response.write('x');
      const timer = setInterval(() => response.write('x'), everyMs);
      response.on('close', () => clearInterval(timer));
    });

  it.each<[string, () => http.Server, Partial<PbxRequest>]>([
    ['no answer comes', silent, { headersTimeoutMs: 100 }],
    ['the body stands still', () => drip(5_000), { idleTimeoutMs: 100 }],
    ['the body never ends', () => drip(10), { totalTimeoutMs: 300 }],
  ])('ends when %s', async (_what, server, limits) => {
    const transport = await transportTo(server());
    await expect(get(transport, limits)).rejects.toMatchObject({
      reason: 'pbx-timeout',
      reaction: 'not-yet',
    });
  });
});

it('tells the clock of the PBX', async () => {
  const transport = await transportTo(
    http.createServer((_request, response) => {
      response.setHeader('date', new Date(Date.now() - 90_000).toUTCString());
      response.end();
    }),
  );
  expect(transport.clockSkewMs).toBeNull();
  await get(transport);
  expect(transport.clockSkewMs).toBeLessThan(-85_000);
  expect(transport.clockSkewMs).toBeGreaterThan(-95_000);
});

it.each(['//127.0.0.1:9/x', '/\\127.0.0.1:9/x', 'http://127.0.0.1:9/x', 'x', ''])(
  'sends nothing to %p',
  async (asked) => {
    const transport = await transportTo(http.createServer((_request, response) => response.end()));
    await expect(transport.send({ method: 'GET', path: asked })).rejects.toMatchObject({
      reason: 'foreign-address',
    });
  },
);

it('does not fail on a token that no header can carry', async () => {
  const transport = await transportTo(http.createServer((_request, response) => response.end()));
  await expect(
    transport.send({ method: 'GET', path: '/', headers: { authorization: 'Bearer a\r\nb' } }),
  ).rejects.toMatchObject({ reason: 'threecx-token-refused' });
});
