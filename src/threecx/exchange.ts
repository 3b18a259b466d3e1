import http from 'node:http';
import https from 'node:https';
import type { PbxRequest } from './transport';

const connectTimeoutMs = 5_000;
const defaultTimeoutMs = 30_000;

/** No byte came, or no connection was made, in the time allowed. */
export class SilenceError extends Error {
  override readonly name = 'SilenceError';
}

/** A kept connection was closed by the other side before it took this request. */
export class StaleConnectionError extends Error {
  override readonly name = 'StaleConnectionError';
}

/**
 * Sends a request and resolves with the answer as soon as its headers are there. The body fails when the connection
 * breaks before its end, when nothing comes for too long, and when the signal aborts.
 */
export function exchangeOnce(
  secure: boolean,
  url: URL,
  request: PbxRequest,
  { agent, signal }: { agent: http.Agent; signal: AbortSignal },
): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { method, body } = request;
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const outgoing = (secure ? https : http).request(url, {
      method,
      headers: { ...request.headers, ...length },
      agent,
      signal,
    });
    const silent = (what: string) => (): void => {
      outgoing.destroy(new SilenceError(what));
    };
    let connecting: NodeJS.Timeout | undefined;
    outgoing.on('socket', (socket) => {
      if (!socket.connecting) return;
      connecting = setTimeout(silent('no connection in time'), connectTimeoutMs);
      socket.once(secure ? 'secureConnect' : 'connect', () => clearTimeout(connecting));
    });
    outgoing.setTimeout(request.headersTimeoutMs ?? defaultTimeoutMs, silent('no answer in time'));
    outgoing.on('close', () => clearTimeout(connecting));
    outgoing.on('error', (error) => {
      const stale = outgoing.reusedSocket && (error as { code?: unknown }).code === 'ECONNRESET';
      reject(stale ? new StaleConnectionError('the kept connection was closed', { cause: error }) : error);
    });
    outgoing.on('response', (response) => {
      // Errors reach whoever reads; without a listener an early one would end the process.
      response.on('error', () => undefined);
      response.setTimeout(request.idleTimeoutMs ?? defaultTimeoutMs, () =>
        response.destroy(new SilenceError('the body stands still')),
      );
      resolve(response);
    });
    outgoing.end(body);
  });
}
