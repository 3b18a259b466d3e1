import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import net from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** Where something wanted to connect to. */
interface Attempt {
  host: string;
  port: number;
}

/** A server that nobody may talk to: counts every connection, answers everything with a secret of its own. */
export class Bystander {
  connections = 0;
  readonly requests: string[] = [];
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => {
      this.requests.push(`${request.method} ${request.url} ${request.headers.authorization ?? ''}`);
      response.end('{"result":true,"access_token":"x","value":[]}');
    });
    this.server.on('connection', () => (this.connections += 1));
  }

  static async start(): Promise<Bystander> {
    const bystander = new Bystander();
    await listen(bystander.server);
    return bystander;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  close(): Promise<void> {
    return shut(this.server);
  }
}

/** A peer that answers as told. */
export class AnsweringPeer {
  asked: string[] = [];
  answer: (request: IncomingMessage, response: ServerResponse) => void = (_request, response) =>
    response.writeHead(404).end();
  private readonly server = createServer((request, response) => {
    this.asked.push(request.url ?? '');
    request.resume();
    this.answer(request, response);
  });

  static async start(): Promise<AnsweringPeer> {
    const peer = new AnsweringPeer();
    await listen(peer.server);
    return peer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): Promise<void> {
    return shut(this.server);
  }
}

/**
 * Sees every connection that this process tries to make, by the address that it goes to, those to places that no test can
 * listen on too. A name that was looked up and then refused is no attempt.
 */
export class ConnectionWatch {
  private readonly attempts: Attempt[] = [];
  private readonly spy: jest.SpyInstance;

  /** @param usual ports of what the test itself talks to. */
  constructor(private readonly usual: () => number[]) {
    const { attempts } = this;
    const connect = net.Socket.prototype.connect as (this: Socket, ...args: unknown[]) => Socket;
    this.spy = jest.spyOn(net.Socket.prototype, 'connect').mockImplementation(function (
      this: Socket,
      ...args: unknown[]
    ) {
      this.on('connectionAttempt', (host: string, port: number) => attempts.push({ host, port }));
      return connect.apply(this, args);
    } as never);
  }

  /** What was tried since the last look, `host:port`. */
  take(): string[] {
    const usual = this.usual();
    return this.attempts
      .splice(0)
      .filter(({ port }) => !usual.includes(port))
      .map(({ host, port }) => `${host}:${port}`);
  }

  stop(): void {
    this.spy.mockRestore();
  }
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
}

async function shut(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
