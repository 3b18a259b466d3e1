import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PeerError } from '../../src/domain/peer-error';
import type { Lab } from '../contract/portal-lab';
import { LabDatabase, parameters, shortTimeoutMs } from '../contract/portal-lab';
import type { TempDir } from '../support/temp-dir';
import { tempDir } from '../support/temp-dir';
import type { PortalMethod } from './cases/crm-answers';
import { ownOrigin, portalAnswers, portalSecret } from './cases/crm-answers';
import { HostileServer } from './hostile-server';

/** Longer than the time-out of one request, shorter than a hang. */
const deadlineMs = 15_000;
const databases = new LabDatabase();
const portal = new HostileServer();
let lab: Lab;
let folder: TempDir;
let file: string;

beforeAll(async () => {
  await databases.open();
  await portal.listen();
  portal.placeholder = ownOrigin;
  folder = await tempDir();
  file = path.join(folder.path, 'a.wav');
  await writeFile(file, 'RIFF0000WAVE');
});
afterAll(async () => {
  await portal.close();
  await databases.close();
  await folder.remove();
});
beforeEach(async () => {
  await databases.letLimitsPass();
  lab = await databases.lab('webhook', { httpTimeoutMs: shortTimeoutMs });
  lab.connection.bitrix24.auth = { kind: 'webhook', url: `${portal.url}/rest/1/${portalSecret}/` };
  portal.asked.length = 0;
});
afterEach(() => lab.close());

const bitrix24CallId = 'externalCall.1';
const requests: Record<PortalMethod, () => Promise<unknown>> = {
  register: () => lab.client.register(lab.context(), parameters(lab)),
  show: () => lab.client.show(lab.context(), bitrix24CallId, [1]),
  finish: () =>
    lab.client.finish(lab.context(), {
      bitrix24CallId,
      userId: 1,
      durationSeconds: 60,
      statusCode: '200',
      addToChat: false,
    }),
  findStatistics: () => lab.client.findStatistics(lab.context(), { bitrix24CallId }),
  searchCrm: () => lab.client.searchCrm(lab.context(), '79991234567'),
  users: () => lab.client.users(lab.context()),
  attachRecord: () =>
    lab.client.attachRecord(lab.context(), { bitrix24CallId, file, bytes: 12, fileName: 'a.wav' }),
  nameLine: () =>
    lab.client.nameLine(lab.context(), { number: '74951234567', name: 'Moscow', crmAutoCreate: false }),
};

it.each(portalAnswers)('%s', async (_name, method, answer, outcome) => {
  portal.answer = answer;
  const started = performance.now();
  const made: unknown = await requests[method]().catch((error: unknown) => error);
  expect(performance.now() - started).toBeLessThan(deadlineMs);
  expect(portal.asked.every((asked) => asked.startsWith('/rest/1/'))).toBe(true);
  if (typeof outcome === 'string') {
    if (!(made instanceof PeerError)) throw new Error('No refusal', { cause: made });
    expect(`${made.reaction} ${made.reason}`).toBe(outcome);
    // What a portal says is matched and never handed on.
    expect(JSON.stringify([made, made.message, made.stack])).not.toContain(portalSecret);
    expect(made.retryAfterMs ?? 0).toBeLessThanOrEqual(15 * 60_000);
  } else if (outcome === null) expect(made ?? null).toBeNull();
  else expect(made).toMatchObject(outcome);
  expect(lab.logged.join('')).not.toContain(portalSecret);
});
