import type { IncomingMessage } from 'node:http';

const discardedBytes = 262_144;
const graceMs = 1_000;

/**
 * Deals with the body of a request that was answered before its end. A short rest is read and thrown away, so that the
 * connection stays usable; of a long one nothing more is read, and the connection ends after a moment in which the
 * client can read the answer (ending it at once would reset it and lose the answer on its way).
 */
export function discardRest(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  let length = 0;
  const { socket } = request;
  const cut = setTimeout(() => socket.destroy(), graceMs);
  request.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length > discardedBytes) request.pause();
  });
  request.once('end', () => clearTimeout(cut));
  request.once('close', () => clearTimeout(cut));
  request.resume();
}
