import type { Server } from 'node:http';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { PeerError } from '../domain/peer-error';
import { renewTokens } from './token-renewal';

let server: Server;
let answer: { status: number; headers?: Record<string, string>; body: string };
beforeAll(async () => {
  server = http.createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(answer.status, answer.headers).end(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

async function refused(given: typeof answer): Promise<PeerError> {
  answer = given;
  const { port } = server.address() as AddressInfo;
  const request = { tokenUrl: `http://127.0.0.1:${port}/oauth/token/`, clientId: 'c', clientSecret: 's' };
  const error: unknown = await renewTokens(
    { ...request, refreshToken: 'r', timeoutMs: 10_000 },
    new Date(),
  ).catch((thrown: unknown) => thrown);
  if (!(error instanceof PeerError)) throw new Error('it was renewed', { cause: error });
  return error;
}

const json = (code: string): string => JSON.stringify({ error: code, error_description: 'x' });

describe('a token server that cannot renew now', () => {
  it.each([
    [429, 'QUERY_LIMIT_EXCEEDED', 1_000],
    [400, 'query_limit_exceeded', 1_000],
    [403, 'OPERATION_TIME_LIMIT', null],
    [401, 'OVERLOAD_LIMIT', 900_000],
    [429, 'slow_down', 10_000],
    [408, 'request_timeout', null],
    [200, 'INTERNAL_SERVER_ERROR', null],
    [503, 'QUERY_LIMIT_EXCEEDED', 1_000],
    [500, 'invalid_grant', null],
  ])('is asked again later: status %i with %s', async (status, code, retryAfterMs) => {
    expect(await refused({ status, body: json(code) })).toMatchObject({
      reaction: 'not-yet',
      reason: 'token-server-unreachable',
      retryAfterMs,
    });
  });

  it.each([
    ['as JSON', json('slow_down')],
    ['as a page of a gateway', '<html>'],
  ])('is asked again when it says, %s', async (_form, body) => {
    const headers = { 'retry-after': '40' };
    expect(await refused({ status: 429, headers, body })).toMatchObject({
      reaction: 'not-yet',
      retryAfterMs: 40_000,
    });
  });

  it('may name the time as a date, and is not believed when it names one far off', async () => {
    const inAMinute = new Date(Date.now() + 60_000).toUTCString();
    const dated = await refused({ status: 429, headers: { 'retry-after': inAMinute }, body: '' });
    expect(dated.retryAfterMs).toBeGreaterThan(50_000);
    expect(dated.retryAfterMs).toBeLessThanOrEqual(60_000);
    const far = await refused({ status: 429, headers: { 'retry-after': '999999' }, body: '' });
    expect(far.retryAfterMs).toBe(3_600_000);
  });
});

it.each([
  [400, 'invalid_grant', 'reinstall-application'],
  [401, 'invalid_client', 'client-secret-refused'],
  [401, 'PAYMENT_REQUIRED', 'payment-required'],
  [400, 'expired_token', 'reinstall-application'],
  [401, 'invalid_token', 'reinstall-application'],
  [400, 'something_else', 'token-server-refused'],
])('a token server that refuses for good is believed: status %i with %s', async (status, code, reason) => {
  expect(await refused({ status, body: json(code) })).toMatchObject({ reaction: 'authorisation', reason });
});
