import { STATUS_CODES } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { cutOffRequest } from './cut-off';
import { discardRest } from './discard-rest';
import { HttpProblem } from './problem';

/**
 * What Node refuses, in the form of every other error; the connection ends with it. When a request before it is still at
 * work, the answer is left to it: what came of a webhook is kept before it is refused.
 */
export function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  const answer = answerUnderWay(socket);
  // A second answer on one connection would be read as the answer to the next request.
  if (!socket.writable || error.code === 'ECONNRESET' || answer?.headersSent === true) {
    socket.destroy();
    return;
  }
  if (answer === null || !isNoHttp(error)) return endWithProblem(socket, problemOf(error.code));
  answer.setHeader('Connection', 'close');
  cutOffRequest(answer.req);
}

/** Nobody gets a tunnel through this server; Node would hang up without a word. */
export function refuseTunnel(_request: IncomingMessage, socket: Duplex): void {
  socket.on('error', () => undefined);
  endWithProblem(
    socket,
    new HttpProblem(405, { detail: 'Use GET or POST.', headers: { Allow: 'GET, POST' } }),
  );
}

/** What is expected of us beside `100-continue`, we do not know; Node would say so without a body. */
export function refuseExpectation(request: IncomingMessage, response: ServerResponse): void {
  const body = JSON.stringify(new HttpProblem(417, { detail: 'Expect nothing but 100-continue.' }));
  response.once('finish', () => discardRest(request));
  response.writeHead(417, {
    'Content-Type': 'application/problem+json',
    'Content-Length': Buffer.byteLength(body),
    'X-Content-Type-Options': 'nosniff',
    Connection: 'close',
  });
  response.end(body);
}

function endWithProblem(socket: Duplex, problem: HttpProblem): void {
  const body = JSON.stringify(problem);
  socket.end(
    [
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? 'Error'}`,
      'Content-Type: application/problem+json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'X-Content-Type-Options: nosniff',
      ...Object.entries(problem.headers).map(([name, value]) => `${name}: ${value}`),
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}

function problemOf(code: string | undefined): HttpProblem {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new HttpProblem(431, { detail: 'The headers are too long.' });
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new HttpProblem(408, { detail: 'The request was not complete in time.' });
    default:
      return new HttpProblem(400, { detail: 'This is no HTTP request that can be understood.' });
  }
}

/** Said by Node's parser, not by one of its clocks. */
function isNoHttp({ code = '' }: NodeJS.ErrnoException): boolean {
  return code.startsWith('HPE_');
}

function answerUnderWay(socket: Duplex): ServerResponse | null {
  return (socket as { _httpMessage?: ServerResponse | null })._httpMessage ?? null;
}
