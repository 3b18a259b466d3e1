import type { IncomingMessage } from 'node:http';
import http from 'node:http';
import https from 'node:https';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { PeerError } from '../domain/peer-error';
import { ForbiddenAddressError, guardedLookup, hostKind } from '../network/guarded-lookup';
import { bitrix24Error } from './reasons';
import type { Effect } from './translate-answer';

const connectTimeoutMs = 5_000;
const largestAnswerBytes = 8 * 1024 * 1024;
const userAgent = '3cx-bitrix24-bridge/1.0';

/** What came back, whatever it is. */
export interface RawAnswer {
  status: number;
  /** Null: not UTF-8, compressed without being asked for, or larger than 8 MiB. */
  text: string | null;
  /** The time to wait that the answer names; absent: none. */
  retryAfterMs?: number;
}

/** One POST. */
export interface Exchange {
  url: URL;
  contentType: string;
  body: string | Readable;
  /** Of the body, when it is a stream. */
  contentLength?: number;
  /** The longest the whole exchange may take. */
  timeoutMs: number;
  effect: Effect;
  /**
   * Ends the exchange, e.g. when an activity is cancelled. Aborted with {@link stalledReason}: the portal takes the body no
   * longer.
   */
  signal?: AbortSignal;
}

/** Why a signal ends an exchange whose portal stands still, in place of a caller who wants it no more. */
export const stalledReason = Symbol('the portal stalled');

/** The connection was not there in time, or never: nothing was sent. */
class UnsentError extends Error {
  override readonly name = 'UnsentError';
}

/** The body is not as long as was announced. */
class LengthError extends Error {
  override readonly name = 'LengthError';
}

const options = { keepAlive: true, maxSockets: 64 };
const agents = {
  'https:': new https.Agent({ ...options, lookup: guardedLookup(false) }),
  'http:': new http.Agent({ ...options, lookup: guardedLookup(true) }),
};

/**
 * Posts once: TLS always (save to loopback), no redirect followed, answer bounded, nothing repeated. Made of Node's own
 * client: undici 7 can end the process when a connection closes behind a body that is read slowly (nodejs/undici 5360).
 *
 * @throws PeerError: `not-yet` when nothing can have been executed, else `ambiguous` for a write.
 */
export async function post(exchange: Exchange): Promise<RawAnswer> {
  requireSafeAddress(exchange.url);
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), Math.max(1, exchange.timeoutMs));
  const signals = exchange.signal === undefined ? [late.signal] : [late.signal, exchange.signal];
  try {
    if (exchange.signal?.aborted) throw endedError(exchange.signal, 'not-yet');
    const answer = await send(exchange, AbortSignal.any(signals));
    const retryAfterMs = retryAfterOf(answer);
    const text = await readBounded(answer);
    return {
      status: answer.statusCode ?? 0,
      text,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    };
  } catch (error) {
    throw exchangeError(error, exchange, late.signal.aborted);
  } finally {
    clearTimeout(timer);
  }
}

/** Sends the request and resolves with the answer as soon as its headers are there. */
function send(exchange: Exchange, signal: AbortSignal): Promise<IncomingMessage> {
  const { url, body } = exchange;
  const secure = url.protocol === 'https:';
  return new Promise((resolve, reject) => {
    let sent = false;
    let answered = false;
    let sendError: unknown;
    const outgoing = (secure ? https : http).request(url, {
      method: 'POST',
      headers: headersOf(exchange),
      agent: agents[secure ? 'https:' : 'http:'],
      signal,
    });
    let connecting: NodeJS.Timeout | undefined;
    outgoing.on('socket', (socket) => {
      if (!socket.connecting) {
        sent = true;
        return;
      }
      connecting = setTimeout(
        () => outgoing.destroy(new UnsentError('no connection in time')),
        connectTimeoutMs,
      );
      socket.once(secure ? 'secureConnect' : 'connect', () => {
        sent = true;
        clearTimeout(connecting);
      });
    });
    outgoing.on('close', () => clearTimeout(connecting));
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      const cause = sendError ?? error;
      const unsent = !sent && !signal.aborted && !(cause instanceof UnsentError);
      reject(unsent ? new UnsentError(error.code ?? error.name, { cause }) : cause);
    });
    outgoing.on('response', (answer) => {
      // Errors reach whoever reads; without a listener an early one would end the process.
      answer.on('error', () => undefined);
      answered = true;
      resolve(answer);
    });
    if (typeof body === 'string') {
      outgoing.end(body);
      return;
    }
    pipeline(body, exactly(exchange.contentLength), outgoing).catch((error: unknown) => {
      // An answer that comes before the body is through counts; the rest of the body does not.
      if (answered) return;
      sendError = error;
      outgoing.destroy();
    });
  });
}

/** Passes a body on and fails when it is not of that length, before its end is told. */
function exactly(bytes: number | undefined) {
  return async function* (body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let passed = 0;
    for await (const chunk of body) {
      passed += chunk.length;
      if (bytes !== undefined && passed > bytes) throw new LengthError('longer than announced');
      yield chunk;
    }
    if (bytes !== undefined && passed < bytes) throw new LengthError('shorter than announced');
  };
}

/** @throws PeerError for plain HTTP to anywhere but this machine, and for addresses that are never called. */
function requireSafeAddress({ protocol, hostname }: URL): void {
  const kind = hostKind(hostname);
  const here = kind === 'loopback' || hostname === 'localhost';
  const allowed = protocol === 'https:' || (protocol === 'http:' && here);
  if (!allowed || kind === 'forbidden') throw bitrix24Error('refused', 'insecure-address');
}

function headersOf({ contentType, contentLength }: Exchange): Record<string, string> {
  return {
    'content-type': contentType,
    accept: 'application/json',
    'user-agent': userAgent,
    ...(contentLength === undefined ? {} : { 'content-length': String(contentLength) }),
  };
}

/** Milliseconds that `Retry-After` asks for, in seconds or as a date, at most an hour. */
function retryAfterOf({ headers }: IncomingMessage): number | undefined {
  const told = headers['retry-after'];
  if (told === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(told) ? Number(told) * 1_000 : Date.parse(told) - Date.now();
  return ms > 0 ? Math.min(ms, 3_600_000) : undefined;
}

async function readBounded(answer: IncomingMessage): Promise<string | null> {
  if ((answer.headers['content-encoding'] ?? 'identity') !== 'identity') {
    answer.destroy();
    return null;
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // Leaving the loop destroys the answer, and with it the connection.
    if (bytes > largestAnswerBytes) return null;
    chunks.push(chunk);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    return null;
  }
}

function endedError(signal: AbortSignal, reaction: 'not-yet' | 'ambiguous', cause?: Error): PeerError {
  return bitrix24Error(reaction, signal.reason === stalledReason ? 'portal-timeout' : 'cancelled', { cause });
}

function exchangeError(error: unknown, { effect, signal }: Exchange, timedOut: boolean): PeerError {
  if (error instanceof PeerError) return error;
  const thrown = error as NodeJS.ErrnoException;
  // Only the code goes on: messages may name what was sent.
  const cause = new Error(typeof thrown.code === 'string' ? thrown.code : thrown.name);
  if (error instanceof ForbiddenAddressError || thrown.cause instanceof ForbiddenAddressError)
    return bitrix24Error('refused', 'insecure-address', { cause });
  if (error instanceof UnsentError) return bitrix24Error('not-yet', 'portal-unreachable', { cause });
  // The portal ignores a body that is not whole.
  if (error instanceof LengthError) return bitrix24Error('not-yet', 'recording-file-changed', { cause });
  const reaction = effect === 'write' ? 'ambiguous' : 'not-yet';
  if (signal?.aborted) return endedError(signal, reaction, cause);
  return bitrix24Error(reaction, timedOut ? 'portal-timeout' : 'answer-lost', { cause });
}
