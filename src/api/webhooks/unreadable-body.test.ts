import { connect } from 'node:net';
import type { ApiLab } from '../../../test/support/api-lab';
import { openApiLab, token } from '../../../test/support/api-lab';
import { newestRejected } from '../../../test/support/webhook-sender';

let lab: ApiLab;

beforeAll(async () => {
  lab = await openApiLab();
  // The database takes its time, so that an answer which does not wait for it comes first.
  const insert = lab.store.rejected.insert.bind(lab.store.rejected);
  jest.spyOn(lab.store.rejected, 'insert').mockImplementation(async (item) => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    return insert(item);
  });
  const deliver = lab.gateway.deliver.bind(lab.gateway);
  jest.spyOn(lab.gateway, 'deliver').mockImplementation(async (...asked) => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    return deliver(...asked);
  });
});

afterAll(() => lab.close());

const headOf = (...headers: string[]): string =>
  [
    'POST /webhooks/3cx/office/call-started HTTP/1.1',
    'Host: x',
    'Content-Type: application/json',
    `X-Webhook-Token: ${token}`,
    ...headers,
    '\r\n',
  ].join('\r\n');

describe('a body that stops being HTTP', () => {
  it.each([
    ['an unknown transfer', `${headOf('Transfer-Encoding: cow')}{}`, ''],
    ['a chunk of no size', `${headOf('Transfer-Encoding: chunked')}5\r\n{"a":\r\nzz\r\n`, '{"a":'],
    ['a chunk that is too long', `${headOf('Transfer-Encoding: chunked')}3\r\n{"a":\r\n0\r\n\r\n`, '{"a'],
  ])('is kept before it is refused: %s', async (_name, text, body) => {
    const before = await newestRejected(lab);
    const answer = await lab.raw(text);
    const newest = await newestRejected(lab);
    expect(answer).toMatch(/^HTTP\/1.1 400 .*\r\nConnection: close\r\n.*"errors":\[\{"field":"body"/s);
    expect(newest?.id).not.toBe(before?.id);
    expect(newest).toMatchObject({ status: 400, reason: 'malformed', body });
  });

  it('is kept before it is refused: a sender that says no more and still listens', async () => {
    const before = await newestRejected(lab);
    const answer = await new Promise<string>((resolve) => {
      const socket = connect({ port: Number(new URL(lab.url).port), host: '127.0.0.1', allowHalfOpen: true });
      let heard = '';
      socket.on('data', (chunk) => (heard += chunk.toString()));
      socket.on('end', () => {
        socket.destroy();
        resolve(heard);
      });
      socket.end(`${headOf('Content-Length: 100')}{"callId":"half`);
    });
    const newest = await newestRejected(lab);
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(newest?.id).not.toBe(before?.id);
    expect(newest).toMatchObject({ status: 400, body: '{"callId":"half' });
  });

  it('changes nothing for a webhook that was whole before it', async () => {
    const body = '{"callId":"whole-before-rubbish","callerNumber":"+79161234567"}';
    const answer = await lab.raw(`${headOf(`Content-Length: ${body.length}`)}${body}rubbish\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 202 .*\r\nConnection: close\r\n/s);
    expect(answer.match(/HTTP\/1.1/g)).toHaveLength(1);
    expect(lab.gateway.delivered.map(({ ref }) => ref.callId)).toEqual(['whole-before-rubbish']);
  });
});
