import http from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import tls from 'node:tls';
import { recordingsAtOnce } from '../domain/recordings-at-once';
import { StaleConnectionError, exchangeOnce } from './exchange';
import { ForbiddenAddressError, guardedLookup, hostKind } from '../network/guarded-lookup';
import { translateNetworkError } from './network-error';
import { threecxError } from './reasons';

/** How many requests of one process may be in flight to one PBX: no question queues behind a worker's slow downloads. */
const connectionsPerPbx = recordingsAtOnce + 4;

/** One request to the PBX. */
export interface PbxRequest {
  method: 'GET' | 'POST';
  /** On the PBX's own origin, beginning with a slash; anything that leads elsewhere is refused. */
  path: string;
  headers?: Record<string, string>;
  body?: string;
  signal?: AbortSignal;
  /** Until the first byte of the answer. Default 30 s. */
  headersTimeoutMs?: number;
  /** Between two pieces of the body. Default 30 s. */
  idleTimeoutMs?: number;
  /** From the request to the last byte of the body. Default 60 s. */
  totalTimeoutMs?: number;
}

/** The body must be read to its end, or destroyed. */
export interface PbxAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Readable;
  /** Turns an error met while reading the body into a `PeerError`. */
  translate(error: unknown): Error;
}

/**
 * The way to one PBX: its origin and nothing else, no redirects, bounded in time. Made of Node's own client: undici 7 ends
 * the process when a connection closes behind a body that is read more slowly than it comes (nodejs/undici 5360), which
 * is what every long recording does.
 */
export class PbxTransport {
  readonly origin: string;
  /** How a socket of another kind is opened to the same PBX: whom it trusts, and which addresses it refuses. */
  readonly socketOptions: { ca: string[] | undefined; lookup: LookupFunction };
  private readonly secure: boolean;
  private readonly agent: http.Agent;
  /** Clock of the PBX minus ours by the last `Date` header (whole seconds); null until one was seen. */
  clockSkewMs: number | null = null;

  /** @throws {PeerError} `forbidden-address` for an address that must not be called. */
  constructor(
    baseUrl: string,
    caCertificate?: string,
    private readonly clock: () => Date = () => new Date(),
  ) {
    const url = checkedBaseUrl(baseUrl);
    this.origin = url.origin;
    this.secure = url.protocol === 'https:';
    const ca = caCertificate === undefined ? undefined : [...tls.rootCertificates, caCertificate];
    const lookup = guardedLookup(!this.secure);
    this.socketOptions = { ca, lookup };
    const options = { keepAlive: true, maxSockets: connectionsPerPbx, lookup };
    this.agent = this.secure ? new https.Agent({ ...options, ca }) : new http.Agent(options);
  }

  /** Sends one request. An answer of any status below 300 or from 400 on is returned. @throws {PeerError} */
  async send(request: PbxRequest): Promise<PbxAnswer> {
    const url = new URL(request.path, this.origin);
    if (url.origin !== this.origin || !request.path.startsWith('/')) throw threecxError('foreign-address');
    const deadline = AbortSignal.timeout(request.totalTimeoutMs ?? 60_000);
    const signal = request.signal === undefined ? deadline : AbortSignal.any([request.signal, deadline]);
    const translate = (error: unknown): Error =>
      translateNetworkError(error, { cancelled: request.signal?.aborted === true, late: deadline.aborted });
    try {
      if (request.signal?.aborted === true) throw threecxError('cancelled');
      const response = await this.exchange(url, request, signal);
      const { statusCode: status = 0, headers } = response;
      this.noteClock(headers.date);
      if (status >= 300 && status < 400) {
        response.destroy();
        throw threecxError('redirected', { status });
      }
      return { status, headers, body: response, translate };
    } catch (error) {
      throw translate(error);
    }
  }

  close(): void {
    this.agent.destroy();
  }

  /** One exchange up to the headers; once more when a kept connection turned out to be closed by the other side. */
  private async exchange(url: URL, request: PbxRequest, signal: AbortSignal): Promise<http.IncomingMessage> {
    try {
      return await exchangeOnce(this.secure, url, request, { agent: this.agent, signal });
    } catch (error) {
      if (!(error instanceof StaleConnectionError) || request.method !== 'GET') throw error;
      return await exchangeOnce(this.secure, url, request, { agent: this.agent, signal });
    }
  }

  private noteClock(date: string | undefined): void {
    const at = Date.parse(date ?? '');
    if (!Number.isNaN(at)) this.clockSkewMs = at - this.clock().getTime();
  }
}

/** Reads a whole body as text. @throws {PeerError} `answer-too-large` above `maxBytes`. */
export async function readText(answer: PbxAnswer, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw threecxError('answer-too-large', { status: answer.status });
      chunks.push(chunk);
    }
  } catch (error) {
    answer.body.destroy();
    throw answer.translate(error);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function checkedBaseUrl(baseUrl: string): URL {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : null;
  const host = url?.hostname ?? '';
  const kind = hostKind(host);
  const here = kind === 'loopback' || /^localhost\.?$/.test(host);
  const allowed =
    url !== null &&
    url.username === '' &&
    url.password === '' &&
    (url.protocol === 'https:' || (url.protocol === 'http:' && here)) &&
    kind !== 'forbidden';
  if (!allowed)
    throw threecxError('forbidden-address', { cause: new ForbiddenAddressError('threecx.baseUrl') });
  return url;
}
