import type { Server } from 'node:http';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { PeerError } from '../domain/peer-error';
import { post, stalledReason } from './http-exchange';

let server: Server;
let arrived: () => void;
beforeAll(async () => {
  // Takes the request and never answers.
  server = http.createServer(() => arrived());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
});

/** What becomes of a request that is ended with a reason while the portal is silent. */
async function ended(why: unknown, effect: 'read' | 'write', when: 'before' | 'meanwhile'): Promise<unknown> {
  const stop = new AbortController();
  if (when === 'before') stop.abort(why);
  arrived = () => stop.abort(why);
  const { port } = server.address() as AddressInfo;
  const url = new URL(`http://127.0.0.1:${port}/`);
  const error = await post({
    ...{ url, contentType: 'text/plain', body: 'x', timeoutMs: 20_000 },
    // As an upload has it: one signal of its own beside that of the caller.
    ...{ effect, signal: AbortSignal.any([new AbortController().signal, stop.signal]) },
  }).catch((thrown: unknown) => thrown);
  if (!(error instanceof PeerError)) return error;
  return [error.reaction, error.reason];
}

describe('a request that is ended', () => {
  it.each(['read', 'write'] as const)('by the caller was cancelled (%s)', async (effect) => {
    const reaction = effect === 'write' ? 'ambiguous' : 'not-yet';
    expect(await ended(new Error('CANCELLED'), effect, 'meanwhile')).toEqual([reaction, 'cancelled']);
    expect(await ended(new Error('CANCELLED'), effect, 'before')).toEqual(['not-yet', 'cancelled']);
  });

  it.each(['read', 'write'] as const)('because the portal stalled says so (%s)', async (effect) => {
    const reaction = effect === 'write' ? 'ambiguous' : 'not-yet';
    expect(await ended(stalledReason, effect, 'meanwhile')).toEqual([reaction, 'portal-timeout']);
    expect(await ended(stalledReason, effect, 'before')).toEqual(['not-yet', 'portal-timeout']);
  });
});
