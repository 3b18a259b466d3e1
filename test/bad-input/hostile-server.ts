import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PeerAnswer } from './cases/crm-answers';

/** A peer that gives one answer to everything it is asked. */
export class HostileServer {
  readonly asked: string[] = [];
  answer: PeerAnswer = {};
  /** What stands in an answer for the server's own address. */
  placeholder = '';
  private readonly server = createServer((request, response) => {
    this.asked.push(request.url ?? '');
    request.resume();
    response.on('error', () => undefined);
    this.give(response);
  });

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private give(response: ServerResponse): void {
    const { status = 200, body = '', headers = {}, endless = false } = this.answer;
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    if (endless) return sendForever(response);
    if (Buffer.isBuffer(body)) return void response.end(body);
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    response.end(this.placeholder === '' ? text : this.withOwnAddress(text));
  }

  private withOwnAddress(text: string): string {
    const { host } = new URL(this.url);
    return text.replaceAll(new URL(this.placeholder).host.toUpperCase(), host);
  }
}

function sendForever(response: ServerResponse): void {
  const piece = Buffer.alloc(65_536, ' ');
  const more = (): void => {
    while (!response.destroyed && response.write(piece));
    if (!response.destroyed) response.once('drain', more);
  };
  more();
}
