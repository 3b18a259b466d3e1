import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { HttpProblem } from './problem';

/** What Node refuses before a request exists, in the form of every other error; the connection ends with it. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET' || hasAnswered(socket)) {
    socket.destroy();
    return;
  }
  const problem = problemOf(error.code);
  const body = JSON.stringify(problem);
  socket.end(
    [
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? 'Error'}`,
      'Content-Type: application/problem+json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'X-Content-Type-Options: nosniff',
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

/** A second answer on one connection would be read as the answer to the next request. */
function hasAnswered(socket: Duplex): boolean {
  const { _httpMessage: answer } = socket as { _httpMessage?: { headersSent?: boolean } };
  return answer?.headersSent === true;
}
