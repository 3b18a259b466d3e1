import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import type { RequestOptions } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { ConnectionCache } from '../../src/api/connection-cache';
import { startApiServer } from '../../src/api/server';
import type { AdminLab } from '../support/admin-lab';
import { openAdminLab } from '../support/admin-lab';
import { token } from '../support/api-lab';
import { eventually } from '../support/eventually';
import { freshId } from '../support/webhook-sender';

jest.setTimeout(180_000);

let lab: AdminLab;
const sockets: Socket[] = [];
beforeEach(async () => {
  // Time stands still for what counts in minutes, however slow the machine is.
  const now = new Date();
  lab = await openAdminLab({ clock: () => now });
});
afterEach(async () => {
  sockets.splice(0).forEach((socket) => socket.destroy());
  await lab.close();
});

/** One request from an address of this machine; the status and how long it took. */
function ask(options: RequestOptions, body = ''): Promise<{ status: number; tookMs: number }> {
  const started = performance.now();
  const { hostname, port } = new URL(lab.url);
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, agent: false, ...options }, (answer) => {
      answer.resume();
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, tookMs: performance.now() - started }),
      );
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

const webhook = (change: RequestOptions = {}): ReturnType<typeof ask> =>
  ask(
    {
      method: 'POST',
      path: '/webhooks/3cx/office/call-started',
      headers: { 'x-webhook-token': token, 'content-type': 'application/json' },
      ...change,
    },
    JSON.stringify({ callId: freshId() }),
  );

/** Webhooks that had their 202 more than 2.5 s after their last byte; our clients are in this process, too, and take their time. */
async function answeredLate(): Promise<number> {
  const { values } = await lab.deps.metrics.ackSeconds.get();
  const sum = (name: string, le?: number): number =>
    values
      .filter(
        ({ metricName, labels }) =>
          metricName === name && (le === undefined || (labels as { le?: number }).le === le),
      )
      .reduce((total, { value }) => total + value, 0);
  const all = sum('bridge_webhook_ack_seconds_count');
  expect(all).toBeGreaterThan(0);
  return all - sum('bridge_webhook_ack_seconds_bucket', 2.5);
}

/** Sockets that this process may open beside those it has. */
function affordableSockets(wanted: number): number {
  const limit = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  // Both ends of a connection are in this process.
  return Math.min(wanted, Math.floor((Number(limit ?? 1_024) - 400) / 2));
}

describe('B05 2,000 idle connections', () => {
  it('harm nobody, and are cut when the time for a head is over', async () => {
    const count = affordableSockets(2_000);
    if (count < 2_000) process.stderr.write(`Only ${count} connections: the limit of open files is low\n`);
    let open = 0;
    for (let at = 0; at < count; at++) {
      const socket = connect(Number(new URL(lab.url).port), '127.0.0.1');
      socket.on('connect', () => (open += 1));
      socket.on('close', () => (open -= 1));
      socket.on('error', () => undefined);
      socket.resume();
      // Half of them say nothing at all, half begin to.
      if (at % 2 === 0) socket.write('POST /webhooks/3cx/office/call-started HTTP/1.1\r\nX-Note: ');
      sockets.push(socket);
      // What overflows the queue of the kernel would seem open to us alone.
      if (at % 100 === 99) await eventually(() => !socket.connecting, 'they are open');
    }
    const answers = [];
    for (let at = 0; at < 30; at++) answers.push(await webhook());
    expect(open).toBeGreaterThanOrEqual(Math.min(count, 900));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
    expect(Math.max(...answers.map(({ tookMs }) => tookMs))).toBeLessThan(10_000);
    expect(await answeredLate()).toBe(0);
    await eventually(() => open === 0, 'all of them are cut', 15_000);
    expect((await webhook()).status).toBe(202);
  });

  it('that read no answer are cut, too', async () => {
    const deps = { ...lab.deps, connections: new ConnectionCache(lab.store.connections) };
    const limits = { maxConnections: 100, maxUnused: 10, stalledMs: 500 };
    const server = await startApiServer(deps, { host: '127.0.0.1', port: 0 }, limits);
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    let cut = false;
    socket.on('close', () => (cut = true));
    socket.on('error', () => undefined);
    sockets.push(socket);
    socket.pause();
    // More than the buffers of both sides hold.
    const page = 'GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\n\r\n';
    socket.write(page.repeat(20));
    await eventually(async () => {
      // A paused socket learns of its end when it is written to.
      socket.write('x');
      return cut;
    }, 'it is cut');
    await server.close(1_000);
  });
});

describe('B50 10,000 guesses', () => {
  /** As many at a time as a guesser would. */
  async function inBatches(
    guesses: number,
    send: (at: number) => Promise<{ status: number }>,
  ): Promise<Map<number, number>> {
    const statuses = new Map<number, number>();
    for (let at = 0; at < guesses; at += 100) {
      const batch = await Promise.all(Array.from({ length: 100 }, (_, next) => send(at + next)));
      for (const { status } of batch) statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    return statuses;
  }

  it('of an admin key get 429, whatever the guesser says of its address; the right key works from anywhere', async () => {
    const keys = (key: string, localAddress: string, headers = {}): ReturnType<typeof ask> =>
      ask({
        path: '/api/v1/connections',
        headers: { authorization: `Bearer ${key}`, ...headers },
        localAddress,
      });
    const statuses = await inBatches(10_000, (at) =>
      keys(`bk_guess-${at}`, '127.0.0.1', {
        'x-forwarded-for': `10.0.0.${at % 250}`,
        forwarded: `for=10.1.0.${at}`,
      }),
    );
    expect([...statuses].sort()).toEqual([
      [401, 100],
      [429, 9_900],
    ]);
    expect((await keys(lab.keys.admin, '127.0.0.2')).status).toBe(200);
    expect((await keys(lab.keys.admin, '127.0.0.1')).status).toBe(200);
    expect((await keys('bk_guess', '127.0.0.2')).status).toBe(401);
  });

  it('of a webhook token get 429; the right token works from anywhere', async () => {
    const guess = (secret: string, localAddress: string): ReturnType<typeof ask> =>
      webhook({
        headers: { 'x-webhook-token': secret, 'content-type': 'application/json', 'x-real-ip': '10.0.0.1' },
        localAddress,
      });
    const statuses = await inBatches(3_000, (at) => guess(`guess-${at}`, '127.0.0.1'));
    expect([...statuses].sort()).toEqual([
      [401, 100],
      [429, 2_900],
    ]);
    expect((await guess(token, '127.0.0.2')).status).toBe(202);
    expect((await guess(token, '127.0.0.1')).status).toBe(202);
    expect((await guess('guess', '127.0.0.2')).status).toBe(401);
  });
});

it('B50 200 honest webhooks at once are never limited', async () => {
  const answers = await Promise.all(Array.from({ length: 200 }, () => webhook()));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
  expect(Math.max(...answers.map(({ tookMs }) => tookMs))).toBeLessThan(10_000);
  expect(await answeredLate()).toBe(0);
  expect(lab.gateway.delivered.length + (await lab.store.inbox.count())).toBe(200);
});
