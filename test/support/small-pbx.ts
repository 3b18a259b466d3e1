import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** A PBX for one test: mints tokens, and answers else what the test says. The full stand-in is simulators/threecx. */
export class SmallPbx {
  readonly requests: { method: string; path: string; authorization: string | null; body: string }[] = [];
  /** The only token that is taken now; null: none was minted yet. */
  token: string | null = null;
  /** Bodies of successful log-ins say this life. */
  tokenLifeSeconds = 3_600;
  secret = 'good-secret';
  /** What the `Date` header of its answers says. */
  clock: () => Date = () => new Date();
  private minted = 0;
  private readonly handlers: { path: RegExp; handler: Handler; open: boolean }[] = [];
  private readonly server = createServer((request, response) => void this.answer(request, response));

  static async start(): Promise<SmallPbx> {
    const pbx = new SmallPbx();
    await new Promise<void>((resolve) => pbx.server.listen(0, '127.0.0.1', resolve));
    return pbx;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** How many requests asked for a token. */
  get logIns(): number {
    return this.requests.filter(({ path }) => path === '/connect/token').length;
  }

  /** Answers paths that match; later handlers win. `open`: without a token too. */
  on(path: RegExp, handler: Handler, { open } = { open: false }): void {
    this.handlers.unshift({ path, handler, open });
  }

  onJson(path: RegExp, body: unknown, status = 200): void {
    this.on(path, (_request, response) => sendJson(response, body, status));
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const path = request.url ?? '';
    const authorization = request.headers.authorization ?? null;
    response.setHeader('date', this.clock().toUTCString());
    this.requests.push({ method: request.method ?? '', path, authorization, body });
    const handled = this.handlers.find((one) => one.path.test(path));
    if (handled?.open === true) return handled.handler(request, response, body);
    if (path === '/connect/token') return this.mint(response, body);
    if (this.token === null || authorization !== `Bearer ${this.token}`) return sendJson(response, {}, 401);
    if (handled === undefined) return sendJson(response, {}, 404);
    handled.handler(request, response, body);
  }

  private mint(response: ServerResponse, body: string): void {
    if (new URLSearchParams(body).get('client_secret') !== this.secret)
      return sendJson(response, { error: 'invalid_client' }, 400);
    this.minted += 1;
    this.token = jwt({ iat: nowSeconds(), exp: nowSeconds() + this.tokenLifeSeconds, jti: this.minted });
    // As builds before 20.0.9 do: minutes, whatever the token's real life.
    sendJson(response, { token_type: 'Bearer', expires_in: 60, access_token: this.token });
  }
}

export function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** A token in the form of a JWT; nobody checks its signature. */
export function jwt(claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'ES256' })}.${part(claims)}.c2lnbmF0dXJl`;
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
