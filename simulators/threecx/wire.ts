import type { ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

/** Content that is made while it is sent. */
export interface StreamedContent {
  bytes: number;
  /** Pieces in order, together `bytes` long. */
  read(): Iterable<Buffer>;
}

/** What goes over the wire. */
export interface WireAnswer {
  status: number;
  contentType: string;
  body: string | StreamedContent;
  headers?: Record<string, string>;
  /** How the transfer of the body goes wrong. */
  transfer?: {
    /** The connection breaks after so many bytes of the body. */
    cutAfterBytes?: number;
    bytesPerSecond?: number;
    /** Content-Length that is declared; null: chunked. */
    declaredBytes?: number | null;
  };
}

/** An answer as JSON. */
export function jsonAnswer(status: number, value: unknown, headers?: Record<string, string>): WireAnswer {
  return {
    status,
    contentType: 'application/json; charset=utf-8',
    body: JSON.stringify(value),
    ...(headers !== undefined && { headers }),
  };
}

/** An answer of the proxy in front of the PBX. */
export function htmlAnswer(status: number, title: string): WireAnswer {
  return {
    status,
    contentType: 'text/html',
    body: `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`,
  };
}

/** An answer without a body. */
export function emptyAnswer(status: number, headers?: Record<string, string>): WireAnswer {
  return { status, contentType: '', body: '', ...(headers !== undefined && { headers }) };
}

/** Sends an answer, unless the client has gone; resolves when it is out or the connection is broken. */
export async function send(
  response: ServerResponse,
  answer: WireAnswer,
  closing: AbortSignal,
): Promise<void> {
  if (response.destroyed || response.headersSent) return;
  const { body, transfer = {} } = answer;
  const bytes = typeof body === 'string' ? Buffer.byteLength(body) : body.bytes;
  const declared = transfer.declaredBytes === undefined ? bytes : transfer.declaredBytes;
  response.writeHead(answer.status, {
    ...(answer.contentType !== '' && { 'content-type': answer.contentType }),
    ...(declared !== null && { 'content-length': declared }),
    // What comes after a wrong length would be taken for the next answer.
    ...(declared !== null && declared !== bytes && { connection: 'close' }),
    ...answer.headers,
  });
  if (typeof body === 'string' && answer.transfer === undefined) return void response.end(body);
  const pieces = typeof body === 'string' ? [Buffer.from(body)] : body.read();
  await sendPieces(response, pieces, Math.min(declared ?? Infinity, transfer.cutAfterBytes ?? Infinity), {
    bytesPerSecond: transfer.bytesPerSecond,
    closing,
  });
  if (response.destroyed) return;
  const broken = transfer.cutAfterBytes !== undefined || (declared !== null && declared > bytes);
  if (!broken) return void response.end();
  // What was written must leave before the connection breaks.
  await pause(20);
  response.socket?.destroy();
}

async function sendPieces(
  response: ServerResponse,
  pieces: Iterable<Buffer>,
  limit: number,
  options: { bytesPerSecond: number | undefined; closing: AbortSignal },
): Promise<void> {
  let left = limit;
  const slice = options.bytesPerSecond === undefined ? Infinity : Math.max(1, options.bytesPerSecond / 20);
  for (const piece of pieces) {
    for (let at = 0; at < piece.length && left > 0;) {
      if (response.destroyed || options.closing.aborted) return;
      const part = piece.subarray(at, at + Math.min(left, Math.ceil(slice)));
      at += part.length;
      left -= part.length;
      if (!response.write(part)) await drained(response);
      if (slice !== Infinity) await pause(50, undefined, { signal: options.closing }).catch(() => undefined);
    }
    if (left <= 0) return;
  }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.once('drain', done);
    response.once('close', done);
  });
}
