import type { CallEvent } from '../../src/domain/call-event';
import type { AdminLab } from '../support/admin-lab';
import { token } from '../support/api-lab';

/** A request as bytes will tell it; nothing is normalised on the way, as a browser or an HTTP library would. */
export interface BadRequest {
  method?: string;
  /** From the root, as it stands in the request line. */
  path?: string;
  /** In the order of sending; a name may come twice. */
  headers?: readonly (readonly [string, string])[];
  body?: string | Buffer;
  /** The body goes in pieces without a length. */
  chunked?: boolean;
  /** Instead of all of the above. */
  raw?: string | Buffer;
}

/** What must come of it. */
export interface Outcome {
  status: number;
  /** A field that the problem names. */
  field?: string;
  /** The reason under which the rejected ones list it; null: it is not kept. By default whatever has to be kept is. */
  kept?: string | null;
  /** What the event tells that reached the call; null in it: untold. */
  event?: { [Field in keyof CallEvent]?: CallEvent[Field] | null };
  /** The call id that is answered. */
  callId?: string;
  /** What the answer holds among other things. */
  body?: object;
  /** The workflow that took it, without the connection. */
  workflowId?: RegExp;
  /** A text that the answer must not hold, beside the secrets. */
  hides?: string;
}

/**
 * One row: the number in the catalogue and what is sent, the request, what must come of it, and requests that are sent
 * before it.
 */
export type HttpCase = readonly [
  name: string,
  request: BadRequest,
  outcome: Outcome | number,
  before?: readonly BadRequest[],
];

const tokenHeader = ['X-Webhook-Token', token] as const;
/** The type of every body that is not about types. */
export const jsonType = ['Content-Type', 'application/json'] as const;
/** A form, as 3CX sends it. */
export const formType = ['Content-Type', 'application/x-www-form-urlencoded'] as const;

/** A webhook with a good token; a JSON body unless told otherwise. */
export function webhook(body: unknown, change: BadRequest & { event?: string } = {}): BadRequest {
  const { event = 'call-started', headers = [jsonType], ...rest } = change;
  return {
    method: 'POST',
    path: `/webhooks/3cx/office${event === '' ? '' : `/${event}`}`,
    body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
    ...rest,
    headers: [tokenHeader, ...headers],
  };
}

/** A request of the admin API below the connection `office`, with a good key put in when it is sent. */
export function admin(method: string, path: string, body?: unknown, change: BadRequest = {}): BadRequest {
  const { headers = [jsonType], ...rest } = change;
  return {
    method,
    path: `/api/v1/connections/office${path}`,
    ...(body === undefined
      ? {}
      : { body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body) }),
    ...rest,
    headers: [['Authorization', 'Bearer ADMIN_KEY'], ...headers],
  };
}

/** The bytes of a request, with the real key in place of its stand-in. */
export function bytesOf(request: BadRequest, lab: AdminLab): Buffer {
  const { method = 'GET', path = '/', headers = [], body = '', chunked = false, raw } = request;
  if (raw !== undefined) return typeof raw === 'string' ? withKey(raw, lab) : raw;
  const content = Buffer.from(body);
  const length = chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${content.length}`;
  const sends = content.length > 0 || chunked || request.body !== undefined;
  const head = [
    `${method} ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...(sends ? [length] : []),
    'Connection: close',
  ].join('\r\n');
  return Buffer.concat([withKey(`${head}\r\n\r\n`, lab), chunked ? inChunks(content) : content]);
}

/** The head of a webhook with a good token, for requests that are written byte by byte. */
export function webhookHead(...more: string[]): string {
  return [
    'POST /webhooks/3cx/office/call-started HTTP/1.1',
    'Host: x',
    `X-Webhook-Token: ${token}`,
    'Content-Type: application/json',
    ...more,
    '',
    '',
  ].join('\r\n');
}

function withKey(text: string, { keys }: AdminLab): Buffer {
  const named = { ADMIN_KEY: keys.admin, VIEWER_KEY: keys.viewer, ELSEWHERE_KEY: keys.elsewhere };
  const filled = Object.entries(named).reduce((all, [name, key]) => all.replaceAll(name, key), text);
  return Buffer.from(filled, 'latin1');
}

function inChunks(content: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at < content.length; at += 16_000) {
    const piece = content.subarray(at, at + 16_000);
    pieces.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'));
  }
  return Buffer.concat([...pieces, Buffer.from('0\r\n\r\n')]);
}
