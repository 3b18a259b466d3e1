import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WebhookTarget } from './play-options';
import { startThreecxSimulator } from './index';
import type { ThreecxSimulator, ThreecxSimulatorOptions } from './index';

/** A PBX whose time stands still at 2026-03-10T10:00:00Z, and short ways to ask it. */
export class TestPbx {
  token = '';

  constructor(readonly sim: ThreecxSimulator) {}

  /** Starts a PBX and mints a token. */
  static async start(options: ThreecxSimulatorOptions = {}): Promise<TestPbx> {
    const pbx = new TestPbx(
      await startThreecxSimulator({ clock: () => Date.UTC(2026, 2, 10, 10), ...options }),
    );
    pbx.token = pbx.control.mintToken();
    return pbx;
  }

  get control(): ThreecxSimulator['control'] {
    return this.sim.control;
  }

  /** GETs a path with the bearer token, or with another one. */
  async get(path: string, token = this.token): Promise<{ status: number; headers: Headers; text: string }> {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`${this.sim.url}${path}`, { headers, redirect: 'manual' });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  }

  /** GETs a collection of XAPI; the rows. */
  async rows(path: string): Promise<Record<string, unknown>[]> {
    const { status, text } = await this.get(`/xapi/v1/${path}`);
    if (status !== 200) throw new Error(`${status} ${text}`);
    return (JSON.parse(text) as { value: Record<string, unknown>[] }).value;
  }

  /** GETs bytes. */
  async bytes(path: string, token = this.token): Promise<Buffer> {
    const answer = await fetch(`${this.sim.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
    return Buffer.from(await answer.arrayBuffer());
  }

  /** POSTs client credentials. */
  async askToken(
    fields: Record<string, string> = {},
    multipart = false,
  ): Promise<{ status: number; body: Record<string, unknown> }> {
    const { clientId, clientSecret } = this.control.apiClient;
    const all = {
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
      ...fields,
    };
    const body = multipart ? new FormData() : new URLSearchParams();
    for (const [name, value] of Object.entries(all)) body.append(name, value);
    const answer = await fetch(`${this.sim.url}/connect/token`, { method: 'POST', body });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  }

  /** A path of GetCallLogData with its eleven arguments, around the PBX's now. */
  callLogPath(changes: Record<string, string | null> = {}): string {
    const now = this.control.clock.now();
    const given: Record<string, string | null> = {
      periodFrom: new Date(now - 48 * 3_600_000).toISOString(),
      periodTo: new Date(now).toISOString(),
      sourceType: '0',
      sourceFilter: "''",
      destinationType: '0',
      destinationFilter: "''",
      callsType: '0',
      callTimeFilterType: '0',
      callTimeFilterFrom: "'0:00:0'",
      callTimeFilterTo: "'0:00:0'",
      hidePcalls: 'true',
      ...changes,
    };
    const parts = Object.entries(given).filter(([, value]) => value !== null);
    return `ReportCallLogData/Pbx.GetCallLogData(${parts.map(([name, value]) => `${name}=${value}`).join(',')})`;
  }

  close(): Promise<void> {
    return this.sim.close();
  }
}

/** One request that a receiver got. */
export interface Received {
  method: string;
  path: string;
  query: Record<string, string>;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** A bridge that only notes what it is told. */
export class Receiver {
  readonly got: Received[] = [];
  /** Statuses for the next requests; 202 when there is none left. */
  readonly statuses: number[] = [];

  constructor(private readonly server: Server) {}

  /** Listens on a free port. */
  static async start(): Promise<Receiver> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const url = new URL(request.url ?? '/', 'http://receiver');
        receiver.got.push({
          method: request.method ?? '',
          path: url.pathname,
          query: Object.fromEntries(url.searchParams),
          headers: request.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        });
        response.writeHead(receiver.statuses.shift() ?? 202, { 'content-type': 'application/json' });
        response.end('{"heldBy":"temporal"}');
      });
    });
    const receiver = new Receiver(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  /** What a play is told to send to. */
  get target(): WebhookTarget {
    const { port } = this.server.address() as AddressInfo;
    return { url: `http://127.0.0.1:${port}`, connection: 'default', token: 'hook-token' };
  }

  /** Bodies as JSON. */
  get bodies(): Record<string, unknown>[] {
    return this.got.map((one) => JSON.parse(one.body) as Record<string, unknown>);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
