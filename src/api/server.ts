import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createApp } from './app';
import { answerClientError, refuseExpectation, refuseTunnel } from './client-error';
import type { ApiDependencies } from './dependencies';
import { awaitsContinue } from './expect-continue';
import { discardRest } from './discard-rest';

/** An API that listens. */
export interface RunningServer {
  /** With the real port. */
  url: string;
  /** Stops listening, answers what is in flight, and cuts what is still open after `timeoutMs`. */
  close(timeoutMs: number): Promise<void>;
}

/** The longest query of a webhook and, beside it, the usual 16 KiB of headers. */
const maxHeaderBytes = 65_536 + 16_384;

/** Bounds of everything that a client may hold open; each webhook has stricter ones of its own. */
const serverLimits = {
  maxHeaderSize: maxHeaderBytes,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
  // Missing `Host` is answered by us, like every other error.
  requireHostHeader: false,
};

/** Connections that may wait to be taken while we are busy; with Node's 511 a crowd of them would keep webhooks out. */
const backlog = 4_096;

/** Bounds of what is open at one time. */
export interface ConnectionLimits {
  /** Beyond it new ones are refused. */
  maxConnections: number;
  /**
   * Beyond it the one that has been silent the longest is cut. A webhook follows its connection at once, so that it always
   * finds room, however many connections somebody opens and says nothing over.
   */
  maxUnused: number;
  /** How long nothing may move over a connection, be it that its client reads no answer. Longer than any answer takes. */
  stalledMs: number;
}

const connectionLimits: ConnectionLimits = { maxConnections: 4_000, maxUnused: 1_000, stalledMs: 300_000 };

/**
 * Serves the API. Port 0 takes any free one.
 *
 * @param limits changed by tests only.
 * @throws an expected error that names HOST or PORT when they cannot be listened on.
 */
export async function startApiServer(
  deps: ApiDependencies,
  where: { host: string; port: number },
  limits: ConnectionLimits = connectionLimits,
): Promise<RunningServer> {
  await deps.connections.start();
  const handle = createApp(deps).callback();
  const open = new Set<ServerResponse>();
  const unused = new Set<Socket>();
  let closing = false;

  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    unused.delete(request.socket);
    open.add(response);
    if (closing) response.setHeader('Connection', 'close');
    response.once('close', () => open.delete(response));
    response.once('finish', () => discardRest(request));
    void handle(request, response);
  };
  const server = createServer(serverLimits, onRequest);
  server.maxConnections = limits.maxConnections;
  server.timeout = limits.stalledMs;
  server.maxRequestsPerSocket = 1_000;
  // Bounded by their length, and looked at whole: beyond 2,000 Node drops the rest, be it the token.
  server.maxHeadersCount = 0;
  server.on('clientError', answerClientError);
  server.on('connect', refuseTunnel);
  server.on('checkExpectation', refuseExpectation);
  server.on('connection', (socket: Socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
    const [silentLongest] = unused;
    if (unused.size > limits.maxUnused) silentLongest!.destroy();
  });
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    awaitsContinue.set(request, () => response.writeContinue());
    onRequest(request, response);
  });

  try {
    await listen(server, where);
  } catch (error) {
    deps.connections.stop();
    throw error;
  }
  server.on('error', (error) => deps.log.error({ err: error }, 'The server met an error'));
  return {
    url: urlOf(server, where.host),
    close: async (timeoutMs) => {
      deps.connections.stop();
      closing = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const response of open) if (!response.headersSent) response.setHeader('Connection', 'close');
      server.closeIdleConnections();
      // Connections opened in advance, over which nothing was ever said.
      for (const socket of unused) if (socket.bytesRead === 0) socket.destroy();
      const cut = setTimeout(() => server.closeAllConnections(), timeoutMs);
      await closed;
      clearTimeout(cut);
    },
  };
}

function listen(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, host, port)));
    server.listen({ port, host, backlog }, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}

function explain(cause: NodeJS.ErrnoException, host: string, port: number): Error {
  const text: Record<string, string> = {
    EADDRINUSE: `PORT: ${port} on ${host} is in use by another program; stop it, or set PORT to another one`,
    EACCES: `PORT: ${port} may not be listened on by this user; set PORT to one above 1023`,
    EADDRNOTAVAIL: `HOST: ${host} is no address of this machine`,
    ENOTFOUND: `HOST: ${host} is no address of this machine`,
  };
  const message = text[cause.code ?? ''] ?? `HOST, PORT: cannot listen on ${host}:${port}: ${cause.message}`;
  return Object.assign(new Error(message, { cause }), { expected: true });
}

function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
