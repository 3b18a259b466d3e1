import type { Outcome } from '../http-case';
import { webhookHead } from '../http-case';

/** A client that takes its time: what it says first, what it drips, and when the server has enough of it. */
export type SlowCase = readonly [
  name: string,
  client: {
    says: string;
    /** Said again and again, five times a second. */
    drips?: string;
    /** It closes its half after what it said. */
    hangsUp?: boolean;
  },
  /** Status 0: the connection ends without an answer, because Node takes the half that was closed for both. */
  outcome: Pick<Outcome, 'kept'> & { status: number; withinMs: number },
];

const headMs = 18_000;
const bodyMs = 12_000;
const slowBody = { status: 408, withinMs: bodyMs, kept: 'body-too-slow' };

/** B05: clients that drip, stop, and hold on. */
// prettier-ignore
export const slowClients: readonly SlowCase[] = [
  ['B05 a connection over which nothing is said', { says: '' }, { status: 408, withinMs: headMs }],
  ['B05 one word and silence', { says: 'POST' }, { status: 408, withinMs: headMs }],
  ['B05 a line of HTTP/0.9 without its end', { says: 'GET /health/live\r\n' }, { status: 408, withinMs: headMs }],
  ['B05 a head that drips', { says: 'POST /webhooks/3cx/office/call-started HTTP/1.1\r\nHost: x\r\nX-Note: ', drips: 'x' }, { status: 408, withinMs: headMs }],
  ['B05 headers without end', { says: 'GET /health/live HTTP/1.1\r\nHost: x\r\n', drips: `X-Note: ${'x'.repeat(10_000)}\r\n` }, { status: 431, withinMs: headMs }],
  ['B05 a body that drips', { says: webhookHead('Content-Length: 1000'), drips: ' ' }, slowBody],
  ['B05 a body that never begins', { says: webhookHead('Content-Length: 1000') }, slowBody],
  ['B05 a body that stops', { says: `${webhookHead('Content-Length: 1000')}{"callId":"a-1"` }, slowBody],
  ['B05 chunks of one byte', { says: webhookHead('Transfer-Encoding: chunked'), drips: '1\r\n \r\n' }, slowBody],
  ['B05 a chunk that never ends', { says: `${webhookHead('Transfer-Encoding: chunked')}ffff\r\n{` }, slowBody],
  ['B05 a body that is asked for and never sent', { says: webhookHead('Expect: 100-continue', 'Content-Length: 10') }, slowBody],
  ['B05 a body behind a wrong token', { says: 'POST /webhooks/3cx/office/call-started HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n', drips: ' ' }, { status: 401, withinMs: bodyMs }],
  ['B05 a body too long, in drops', { says: webhookHead('Content-Length: 100000'), drips: ' ' }, { status: 413, withinMs: 4_500, kept: 'body-too-large' }],
  ['B05 half a body, and it hangs up', { says: `${webhookHead('Content-Length: 1000')}{"callId"`, hangsUp: true }, { status: 400, withinMs: 4_500, kept: 'malformed' }],
  ['B05 half a head, and it hangs up', { says: 'POST /webhooks/3cx/office/call-started HTTP/1.1\r\nHost: x\r\n', hangsUp: true }, { status: 400, withinMs: 4_500 }],
  ['B05 it hangs up, having said all', { says: `${webhookHead('Content-Length: 2')}{}`, hangsUp: true }, { status: 0, withinMs: 4_500, kept: 'missing-field' }],
  ['B05 it stays behind its answer', { says: 'GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n' }, { status: 200, withinMs: bodyMs + 1_000 }],
];
