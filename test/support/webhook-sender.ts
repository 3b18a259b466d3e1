import { request as httpRequest } from 'node:http';
import type { RejectedItem } from '../../src/store';
import type { ApiLab } from './api-lab';
import { token } from './api-lab';

/** A webhook to send; a good token and a JSON type unless told otherwise. */
export interface Sent {
  method?: string;
  /** Behind `/webhooks/3cx`. */
  path?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

let serial = 0;

/** A history id that no other call of this test file has. */
export function freshId(): string {
  serial += 1;
  return `00000000-0000-4000-8000-${String(serial).padStart(12, '0')}`;
}

/** Sends one webhook to the API of the lab. */
export function sendTo(
  lab: ApiLab,
  { method = 'POST', path = '/office/call-started', headers = {}, body }: Sent,
): Promise<Response> {
  return fetch(`${lab.url}/webhooks/3cx${path}`, {
    method,
    headers: { 'x-webhook-token': token, 'content-type': 'application/json', ...headers },
    body: body ?? (method === 'GET' || method === 'HEAD' ? undefined : '{}'),
  });
}

/** Sends a JSON body without Content-Length; gives the status. */
export function sendChunked(lab: ApiLab, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'x-webhook-token': token, 'content-type': 'application/json' };
    const address = `${lab.url}/webhooks/3cx/office/call-started`;
    const request = httpRequest(address, { method: 'POST', headers, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    request.on('error', reject);
    for (let at = 0; at < body.length; at += 10_000) request.write(body.slice(at, at + 10_000));
    request.end();
  });
}

/** The webhook that was kept last, or undefined. */
export async function newestRejected(lab: ApiLab): Promise<RejectedItem | undefined> {
  return (await lab.store.rejected.list('office', { limit: 1 })).items[0];
}
