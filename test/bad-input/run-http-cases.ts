import { problemSchema } from '../../src/api/admin/problem-schema';
import type { AdminLab } from '../support/admin-lab';
import { openAdminLab } from '../support/admin-lab';
import { olderToken, token } from '../support/api-lab';
import type { HttpCase, Outcome } from './http-case';
import { bytesOf } from './http-case';

/** The day on which all of it happens. */
const now = '2026-11-25T12:00:00Z';
/** Longest that any answer may take here; a body that drips is cut after five seconds. */
const deadlineMs = 9_000;
/** Statuses under which a webhook with a good token was read and not understood. */
const keptStatuses = [400, 408, 413, 415];

/** An answer as it came over the wire. */
export interface WireAnswer {
  status: number;
  headers: Map<string, string>;
  body: string;
}

/**
 * Runs a table against the real API, and checks for every row what holds for all bad input: an answer in time and no 5xx,
 * problem+json, nothing of a secret or a number in it, and what had a good token kept among the rejected ones.
 */
export function runHttpCases(title: string, cases: readonly HttpCase[]): void {
  describe(title, () => {
    let lab: AdminLab;
    beforeAll(async () => {
      lab = await openAdminLab({ clock: () => new Date(now) });
    });
    afterAll(() => lab.close());

    it.each(cases.map(([name, ...rest]) => ({ name, rest })))('$name', async ({ rest }) => {
      const [request, expected, earlier = []] = rest;
      const outcome: Outcome = typeof expected === 'number' ? { status: expected } : expected;
      for (const one of earlier) await exchange(lab, bytesOf(one, lab));
      const before = await newestRejected(lab);
      const delivered = lab.gateway.delivered.length;
      const answer = await exchange(lab, bytesOf(request, lab));
      expect(answer.status).toBe(outcome.status);
      checkAnswer(answer, lab, request.method === 'HEAD', outcome);
      checkEvent(lab, delivered, answer, outcome);
      const isWebhook = request.path?.startsWith('/webhooks/3cx/office') === true;
      const keptByDefault = isWebhook && keptStatuses.includes(outcome.status) ? undefined : null;
      await checkKept(lab, before, answer.status, outcome.kept === undefined ? keptByDefault : outcome.kept);
    });

    it('is still up after all of it, and its log holds no number and no secret', async () => {
      expect((await fetch(`${lab.url}/health/live`)).status).toBe(200);
      const logged = lab.logged.join('');
      for (const secret of secretsOf(lab)) expect(logged).not.toContain(secret);
      expect(logged).not.toMatch(/9991234567|9161234567/);
      // A failure that nobody foresaw is logged as an error.
      expect(lab.logged.filter((line) => (JSON.parse(line) as { level: number }).level >= 50)).toEqual([]);
    });
  });
}

/** Sends bytes and reads the first answer; fails when none comes in time. */
export async function exchange(lab: AdminLab, bytes: Buffer, untilMs = deadlineMs): Promise<WireAnswer> {
  const started = performance.now();
  const text = await lab.raw(bytes, untilMs);
  const took = performance.now() - started;
  if (took >= untilMs)
    throw new Error(`The connection was still open after ${untilMs} ms: ${text.slice(0, 200)}`);
  return parseAnswer(text);
}

/** The first final answer in what came over one connection. @throws when it is none. */
export function parseAnswer(text: string): WireAnswer {
  const final = text.replace(/^(HTTP\/1\.1 100 Continue\r\n\r\n)+/, '');
  const end = final.indexOf('\r\n\r\n');
  const [line = '', ...lines] = final.slice(0, Math.max(end, 0)).split('\r\n');
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(line)?.[1];
  if (status === undefined) throw new Error(`No answer but ${JSON.stringify(text.slice(0, 200))}`);
  const headers = new Map(
    lines.map((header): [string, string] => {
      const colon = header.indexOf(':');
      return [header.slice(0, colon).toLowerCase(), header.slice(colon + 1).trim()];
    }),
  );
  const length = Number(headers.get('content-length') ?? Number.NaN);
  const rest = Buffer.from(final.slice(end + 4));
  return {
    status: Number(status),
    headers,
    body: (Number.isNaN(length) ? rest : rest.subarray(0, length)).toString(),
  };
}

/** What holds for every answer. */
export function checkAnswer(
  { status, headers, body }: WireAnswer,
  lab: AdminLab,
  isHead: boolean,
  { field, hides }: Pick<Outcome, 'field' | 'hides'> = {},
): void {
  expect(headers.get('x-powered-by')).toBeUndefined();
  expect(body).not.toMatch(/\n\s+at |node_modules|\.[jt]s:\d/);
  for (const secret of secretsOf(lab)) expect(body).not.toContain(secret);
  if (hides !== undefined) expect(body).not.toContain(hides);
  if (status < 400) return;
  expect(status).toBeLessThan(500);
  expect(headers.get('content-type')).toContain('application/problem+json');
  if (isHead) return;
  const problem = problemSchema.parse(JSON.parse(body));
  expect(problem.status).toBe(status);
  // No number is told back, whoever's it is; limits may be.
  expect(body.replace(/(at most|longer than) \d+/g, '')).not.toMatch(/\d{6,}/);
  if (field !== undefined) expect(problem.errors?.map((error) => error.field)).toContain(field);
}

function checkEvent(lab: AdminLab, deliveredBefore: number, answer: WireAnswer, outcome: Outcome): void {
  const { event, callId, workflowId, body } = outcome;
  if (body !== undefined) expect(JSON.parse(answer.body)).toMatchObject(body);
  if (callId !== undefined) expect(JSON.parse(answer.body)).toMatchObject({ callId });
  if (workflowId !== undefined) {
    const told = JSON.parse(answer.body) as { workflowId: string };
    expect(told.workflowId).toMatch(/^call\/office\//);
    expect(told.workflowId.slice('call/office/'.length)).toMatch(workflowId);
  }
  if (event === undefined) return;
  expect(lab.gateway.delivered).toHaveLength(deliveredBefore + 1);
  const told = lab.gateway.delivered.at(-1)!.event;
  const looked = Object.keys(event) as (keyof typeof event)[];
  expect(Object.fromEntries(looked.map((name) => [name, told[name] ?? null]))).toEqual(event);
}

/** @param reason undefined: whatever it is; null: nothing new was kept. */
async function checkKept(
  lab: AdminLab,
  before: Rejected | undefined,
  status: number,
  reason: string | null | undefined,
): Promise<void> {
  const newest = await newestRejected(lab);
  if (reason === null) return expect(newest?.id).toBe(before?.id);
  expect(newest?.id).not.toBe(before?.id);
  expect(newest?.status).toBe(status);
  if (reason !== undefined) expect(newest?.reason).toBe(reason);
}

interface Rejected {
  id: string;
  status: number;
  reason: string;
}

/** As an operator sees it. */
async function newestRejected(lab: AdminLab): Promise<Rejected | undefined> {
  const { body } = await lab.askRoot('GET', '/api/v1/connections/office/rejected?limit=1');
  return (body as { items: Rejected[] }).items[0];
}

function secretsOf(lab: AdminLab): string[] {
  return [token, olderToken, ...Object.values(lab.keys)];
}
