import { connect } from 'node:net';
import type { AdminLab } from '../support/admin-lab';
import { openAdminLab } from '../support/admin-lab';
import { slowClients } from './cases/slow-clients';
import type { SlowCase } from './cases/slow-clients';
import { checkAnswer, parseAnswer } from './run-http-cases';

/** What became of one client. */
interface Cut {
  text: string;
  /** Until the server ended the connection; null: it did not. */
  afterMs: number | null;
}

const patienceMs = 20_000;
let lab: AdminLab;
const cuts = new Map<string, Cut>();
let keptReasons: string[];

beforeAll(async () => {
  lab = await openAdminLab();
  // Each takes seconds, and none is in the way of another.
  await Promise.all(slowClients.map(async ([name, client]) => cuts.set(name, await meet(client))));
  const { items } = await lab.store.rejected.list('office', { limit: 200 });
  keptReasons = items.map(({ reason }) => reason);
});
afterAll(() => lab.close());

it.each(slowClients)('%s is cut off in seconds', (name, _client, { status, withinMs }) => {
  const { text, afterMs } = cuts.get(name)!;
  expect(afterMs).not.toBeNull();
  expect(afterMs).toBeLessThan(withinMs);
  if (status === 0) return expect(text).toBe('');
  const answer = parseAnswer(text);
  expect(answer.status).toBe(status);
  checkAnswer(answer, lab, false);
});

it('what came with a good token is kept as far as it came, and nothing else is', () => {
  const expected = slowClients.flatMap(([, , { kept }]) => kept ?? []);
  expect([...keptReasons].sort()).toEqual(expected.sort());
});

function meet({ says, drips, hangsUp = false }: SlowCase[1]): Promise<Cut> {
  return new Promise((resolve) => {
    const started = performance.now();
    const socket = connect({ port: Number(new URL(lab.url).port), host: '127.0.0.1', allowHalfOpen: true });
    let text = '';
    const drip = setInterval(() => drips !== undefined && socket.writable && socket.write(drips), 200);
    const giveUp = setTimeout(() => end(null), patienceMs);
    const end = (afterMs: number | null): void => {
      clearInterval(drip);
      clearTimeout(giveUp);
      socket.destroy();
      resolve({ text, afterMs });
    };
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('error', () => undefined);
    socket.on('end', () => end(performance.now() - started));
    socket.on('close', () => end(performance.now() - started));
    if (hangsUp) socket.end(says);
    else socket.write(says);
  });
}
