import { randomUUID } from 'node:crypto';
import { workflowIdFor } from '../../src/domain/call-id';
import type { Retention } from '../../src/domain/connection';
import { purgeHistories } from '../../src/worker/purge-histories';
import { closedCall } from '../support/closed-call';
import { eventually } from '../support/eventually';
import { testConnection } from '../support/test-connection';
import type { TestStore } from '../support/test-store';
import { openTestStore, silentLog } from '../support/test-store';
import type { Lab } from './harness';
import { answered, ended, FakeWorld, openLab } from './harness';

// Temporal deletes histories in rounds of its own.
jest.setTimeout(180_000);

let lab: Lab;
let stored: TestStore;
/** Queue and connection in one, see the harness. */
let name: string;
beforeAll(async () => {
  [lab, stored] = await Promise.all([openLab(new FakeWorld()), openTestStore()]);
});
afterAll(async () => {
  await lab.close();
  await stored.close();
});

const idOf = (callId: string): string => workflowIdFor(name, callId);
const minuteDays = 1 / 1_440;

/** Histories as Temporal's list shows them. */
async function listed(): Promise<string[]> {
  const ids: string[] = [];
  for await (const { workflowId } of lab.client.workflow.list({ query: `TaskQueue = '${name}'` }))
    ids.push(workflowId);
  return ids.sort();
}

async function over(callId = randomUUID()): Promise<string> {
  const handle = await lab.send(callId, answered(), ended());
  await handle.result();
  name = handle.workflowId.split('/')[1]!;
  return callId;
}
const remember = (callId: string): Promise<void> =>
  stored.store.calls.save(name, closedCall(callId, new Date().toISOString()), 1, { closed: true });
const keep = (retention: Retention) =>
  stored.store.connections.put(
    { ...testConnection('https://pbx.example.com', {}, name), retention },
    { id: 'tester' },
  );
const purge = (inMinutes: number): Promise<number> =>
  purgeHistories(
    { client: lab.client, taskQueue: name, store: stored.store, log: silentLog },
    new Date(Date.now() + inMinutes * 60_000),
  );

it('histories end when their connection says so, save for those that nobody else remembers', async () => {
  const [handled, merged, unknown] = [await over(), await over(), await over()];
  const open = randomUUID();
  await lab.send(open, answered());
  await remember(handled);
  const claim = {
    connection: name,
    callerHash: 'hash',
    startedAt: new Date().toISOString(),
    extension: null,
  };
  const { claims } = stored.store;
  await claims.claim({ ...claim, callId: handled, workflowId: 'w', fromReport: false }, 60_000);
  await claims.claim({ ...claim, callId: merged, workflowId: 'w', fromReport: true }, 60_000);
  const all = [handled, merged, unknown, open].map(idOf).sort();
  await eventually(async () => (await listed()).length === 4, 'all are listed');

  await keep({ historyDays: 2 * minuteDays });
  expect(await purge(1)).toBe(0);
  expect(await listed()).toEqual(all);

  expect(await purge(3)).toBe(2);
  await eventually(async () => (await listed()).length === 2, 'they are deleted', 120_000);
  expect(await listed()).toEqual([unknown, open].map(idOf).sort());
  expect(await purge(3)).toBe(0);
  await lab.send(open, ended());
});
