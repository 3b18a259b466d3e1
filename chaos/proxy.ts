import type { Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

/** What the proxy does to the connections of its edge, those that are open too. */
export type ProxyMode =
  | { kind: 'pass' }
  /** Nobody listens: ECONNREFUSED; open connections are reset. */
  | { kind: 'refuse' }
  /** Connections stay up and nothing gets through, either way. */
  | { kind: 'black-hole' }
  /** Each piece of an answer comes so much later. */
  | { kind: 'delay'; ms: number }
  /** The connection breaks after so many bytes of answers from now on; `times` connections in all. */
  | { kind: 'cut-answer'; afterBytes: number; times: number };

interface Pair {
  client: Socket;
  upstream: Socket;
  /** Bytes of answers since the mode was set. */
  answered: number;
  /** Delayed pieces leave in order. */
  queue: Promise<void>;
}

/** A TCP proxy for one edge of the system, with the faults of the edge. Several upstreams: the next one that accepts. */
export class Proxy {
  private mode: ProxyMode = { kind: 'pass' };
  private readonly pairs = new Set<Pair>();
  private next = 0;
  private server: Server;
  private turn: Promise<void> = Promise.resolve();
  /** Connections and pieces that the mode has struck since it was set. */
  hits = 0;
  port = 0;

  private constructor(private readonly upstreams: number[]) {
    this.server = this.makeServer();
  }

  /** Starts a proxy on a free port of 127.0.0.1. */
  static async start(upstreams: number[]): Promise<Proxy> {
    const proxy = new Proxy(upstreams);
    await proxy.listen(0);
    proxy.port = (proxy.server.address() as AddressInfo).port;
    return proxy;
  }

  /** `127.0.0.1:port`. */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Changes what happens, to open connections too. */
  async set(mode: ProxyMode): Promise<void> {
    const before = this.mode;
    this.mode = mode;
    this.hits = 0;
    for (const pair of this.pairs) {
      pair.answered = 0;
      if (mode.kind === 'black-hole') {
        this.hits += 1;
        pause(pair);
      }
      // What was swallowed in a black hole is gone with its connection.
      else if (before.kind === 'black-hole') destroy(pair);
      if (mode.kind === 'refuse') {
        this.hits += 1;
        pair.client.resetAndDestroy();
        pair.upstream.destroy();
      }
    }
    if (mode.kind === 'refuse') this.server.close();
    else if (before.kind === 'refuse') {
      this.server = this.makeServer();
      await this.listen(this.port);
    }
  }

  /** A mode while something happens, then none; others wait for their turn. Answers how often the mode has struck. */
  async during(mode: ProxyMode, act: () => Promise<void>): Promise<number> {
    const before = this.turn;
    let over: () => void = () => undefined;
    this.turn = new Promise((resolve) => (over = resolve));
    await before;
    try {
      await this.set(mode);
      await act();
      return this.hits;
    } finally {
      await this.set({ kind: 'pass' });
      over();
    }
  }

  async close(): Promise<void> {
    for (const pair of this.pairs) destroy(pair);
    if (this.server.listening) await new Promise((resolve) => this.server.close(resolve));
  }

  private makeServer(): Server {
    return createServer({ pauseOnConnect: true }, (client) => {
      client.on('error', () => undefined);
      this.next += 1;
      this.dial(client, this.next, this.upstreams.length);
    });
  }

  private listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, '127.0.0.1', () => resolve());
    });
  }

  private dial(client: Socket, from: number, tries: number): void {
    const upstream = connect(this.upstreams[from % this.upstreams.length]!, '127.0.0.1');
    upstream.once('error', () => {
      if (tries > 1 && !client.destroyed) this.dial(client, from + 1, tries - 1);
      else client.resetAndDestroy();
    });
    upstream.once('connect', () => {
      upstream.removeAllListeners('error');
      this.join({ client, upstream, answered: 0, queue: Promise.resolve() });
    });
  }

  private join(pair: Pair): void {
    const { client, upstream } = pair;
    this.pairs.add(pair);
    const gone = (): void => {
      this.pairs.delete(pair);
      destroy(pair);
    };
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true);
      socket.on('error', gone);
    }
    client.on('close', gone);
    // Late pieces are still to be sent.
    upstream.on(
      'close',
      () => void pair.queue.then(() => client.destroySoon()).then(() => this.pairs.delete(pair)),
    );
    client.on('data', (piece: Buffer) => {
      if (!upstream.write(piece)) client.pause();
    });
    upstream.on('drain', () => this.mode.kind !== 'black-hole' && client.resume());
    client.on('drain', () => this.mode.kind !== 'black-hole' && upstream.resume());
    upstream.on('data', (piece: Buffer) => this.answer(pair, piece));
    client.on('end', () => upstream.end());
    upstream.on('end', () => void pair.queue.then(() => client.end()));
    if (this.mode.kind === 'black-hole') {
      this.hits += 1;
      pause(pair);
    } else client.resume();
  }

  private answer(pair: Pair, piece: Buffer): void {
    const { mode } = this;
    const send = (bytes: Buffer): void => {
      if (!pair.client.destroyed && !pair.client.write(bytes)) pair.upstream.pause();
    };
    if (mode.kind === 'delay') {
      this.hits += 1;
      const late = new Promise<void>((resolve) => setTimeout(resolve, mode.ms));
      pair.queue = pair.queue.then(() => late).then(() => send(piece));
      return;
    }
    if (mode.kind === 'cut-answer' && this.hits < mode.times) {
      const left = mode.afterBytes - pair.answered;
      pair.answered += piece.length;
      if (piece.length >= left) {
        this.hits += 1;
        send(piece.subarray(0, Math.max(0, left)));
        // What was written must leave before the connection breaks.
        setTimeout(() => destroy(pair), 5);
        pair.upstream.pause();
        return;
      }
    }
    pair.queue = pair.queue.then(() => send(piece));
  }
}

function pause({ client, upstream }: Pair): void {
  client.pause();
  upstream.pause();
}

function destroy({ client, upstream }: Pair): void {
  client.destroy();
  upstream.destroy();
}
