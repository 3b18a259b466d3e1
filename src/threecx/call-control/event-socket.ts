import type { LookupFunction } from 'node:net';
import { WebSocket } from 'ws';

const handshakeMs = 10_000;
const maxMessageBytes = 1024 * 1024;

/** The PBX answered the upgrade with a plain HTTP status. */
export class UpgradeRefused extends Error {
  override readonly name = 'UpgradeRefused';

  constructor(readonly status: number) {
    super(`the upgrade was answered with ${status}`);
  }
}

/** How to open the event socket of one PBX. */
export interface EventSocketOptions {
  /** `ws:` or `wss:`, on the connection's own origin. */
  url: string;
  token: string;
  /** All trusted certificates; undefined: those of Node.js. */
  ca: string[] | undefined;
  lookup: LookupFunction;
  signal: AbortSignal;
  /** 3CX's own sample pings every 5 s (3cx.md 3.1). */
  pingEveryMs?: number;
}

/** An open event socket. */
export interface EventSocket {
  /** Takes every text from now on, and those that came before it was set. */
  onText(take: (text: string) => void): void;
  /** Resolves when the socket has ended, for whatever reason. */
  closed: Promise<void>;
  close(): void;
}

/**
 * Opens the socket with the token in the header, follows no redirect, and keeps it alive by pings: one that is not
 * answered until the next is due breaks the socket.
 *
 * @throws {UpgradeRefused} for any answer but 101; network errors as they come.
 */
export async function openEventSocket(options: EventSocketOptions): Promise<EventSocket> {
  options.signal.throwIfAborted();
  const socket = new WebSocket(options.url, {
    headers: { authorization: `Bearer ${options.token}` },
    ca: options.ca,
    lookup: options.lookup,
    followRedirects: false,
    handshakeTimeout: handshakeMs,
    maxPayload: maxMessageBytes,
    perMessageDeflate: false,
  });
  const early: string[] = [];
  let take = (text: string): void => void early.push(text);
  socket.on('message', (data, isBinary) => {
    if (!isBinary) take((data as Buffer).toString('utf8'));
  });
  const abort = (): void => socket.terminate();
  options.signal.addEventListener('abort', abort, { once: true });
  try {
    await opened(socket);
  } catch (error) {
    options.signal.removeEventListener('abort', abort);
    throw error;
  }
  const stopPings = keepAlive(socket, options.pingEveryMs ?? 5_000);
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      stopPings();
      options.signal.removeEventListener('abort', abort);
      resolve();
    });
  });
  return {
    onText: (listener) => {
      take = listener;
      for (const text of early.splice(0)) listener(text);
    },
    closed,
    close: () => socket.terminate(),
  };
}

function opened(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('unexpected-response', (request, response) => {
      reject(new UpgradeRefused(response.statusCode ?? 0));
      response.destroy();
      request.destroy();
    });
    // Stays: an error after the opening is told by `close`, and without a listener it would end the process.
    socket.on('error', reject);
    socket.once('close', () => reject(new Error('the socket was closed before it was open')));
  });
}

function keepAlive(socket: WebSocket, everyMs: number): () => void {
  let answered = true;
  const noteLife = (): void => {
    answered = true;
  };
  socket.on('pong', noteLife);
  socket.on('message', noteLife);
  const timer = setInterval(() => {
    if (!answered) {
      socket.terminate();
      return;
    }
    answered = false;
    socket.ping();
  }, everyMs);
  return () => clearInterval(timer);
}
