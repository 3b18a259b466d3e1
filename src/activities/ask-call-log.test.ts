import { logRow, ReconcileWorld, reconcileNow } from '../../test/support/reconcile-world';
import { openTestStore } from '../../test/support/test-store';
import type { TestStore } from '../../test/support/test-store';
import { quietEnvironment } from '../../test/support/recording-world';
import type { CallEvent } from '../domain/call-event';
import { PeerError } from '../domain/peer-error';
import type { AskCallLogInput } from '../domain/reconcile-steps';
import { createAskCallLog } from './ask-call-log';

let stored: TestStore;
let world: ReconcileWorld;
beforeAll(async () => {
  stored = await openTestStore(() => reconcileNow);
});
afterAll(() => stored.close());
beforeEach(async () => {
  world = await new ReconcileWorld(stored.store).open();
});

const row = logRow(1, 41);

function ask(change: Partial<AskCallLogInput> = {}): Promise<CallEvent | null> {
  const input: AskCallLogInput = {
    connection: world.connection.id,
    callId: row.historyId!,
    workflowId: 'w',
    direction: 'inbound',
    callerNumber: null,
    extensions: [],
    startedAt: row.startedAt,
    missing: ['did', 'extension', 'number'],
    ...change,
  };
  return quietEnvironment({ startToCloseTimeoutMs: 3_000 }).run(createAskCallLog(world.deps()), input);
}

it('tells just what is missing', async () => {
  world.rows = [row, logRow(2, 40, { sourceNumber: '+79035550011' })];
  world.dids = [{ historyId: row.historyId, startedAt: row.startedAt, callerNumber: '', did: '74951234567' }];
  const all = await ask();
  expect(all).toMatchObject({
    event: 'call-ended',
    source: 'call-log',
    callerNumber: '79161234567',
    did: '74951234567',
    extension: '101',
    durationSeconds: 60,
    status: 'answered',
  });
  const did = await ask({ missing: ['did'] });
  expect(did).toMatchObject({ event: 'call-started', did: '74951234567' });
  expect(did).not.toHaveProperty('callerNumber');
  expect(did).not.toHaveProperty('extension');
});

it('knows a call by its counter, or by its number and start', async () => {
  world.rows = [row];
  expect(await ask({ callId: '41', missing: ['extension'] })).toMatchObject({ extension: '101' });
  const byNumber = { callId: 'crm-1', callerNumber: '79161234567', missing: ['extension'] as const };
  expect(await ask({ ...byNumber, missing: ['extension'] })).toMatchObject({ extension: '101' });
});

it('finds the start of a call of which only the end was told', async () => {
  const long = logRow(50, 41, { talkingSeconds: 48 * 60 });
  world.rows = [long];
  const atEnd = {
    startedAt: reconcileNow.toISOString(),
    missing: ['extension'] as AskCallLogInput['missing'],
  };
  expect(await ask({ ...atEnd, callId: long.historyId! })).toMatchObject({ extension: '101' });
  expect(await ask({ ...atEnd, callId: '41' })).toMatchObject({ extension: '101' });
});

it('takes no call that merely rang the same phone', async () => {
  world.rows = [row];
  expect(await ask({ callId: 'crm-1', extensions: ['101'], missing: ['number'] })).toBeNull();
});

it('waits for a call of which no person is known to be listed', async () => {
  await expect(ask()).rejects.toMatchObject({ type: 'NotYet', details: [{ reason: 'call-not-listed-yet' }] });
  world.rows = [logRow(2, 40, { sourceNumber: '+79035550011' })];
  await expect(ask()).rejects.toMatchObject({ type: 'NotYet' });
});

it('knows nothing when the log does not tell the call, or may not be asked', async () => {
  expect(await ask({ missing: ['did', 'number'] })).toBeNull();
  world.rows = new PeerError('threecx', 'authorisation', 'call-log-right-missing', {
    mend: 'Give the right.',
  });
  expect(await ask()).toBeNull();
});

it.each([
  ['is away', new PeerError('threecx', 'not-yet', 'pbx-unreachable', { mend: 'Wait.' })],
  ['broke off', new PeerError('threecx', 'ambiguous', 'answer-cut', { mend: 'Wait.' })],
  ['fails', new Error('broken')],
])('fails, to be made again, when the log %s', async (_, error) => {
  world.rows = error;
  await expect(ask()).rejects.toMatchObject(
    error instanceof PeerError ? { type: 'NotYet', nonRetryable: false } : { message: 'broken' },
  );
});

it('gives up after a moment', async () => {
  const deps = { ...world.deps(), threecx: { callLog: () => new Promise(() => undefined) } as never };
  const startedMs = performance.now();
  const input: AskCallLogInput = {
    connection: world.connection.id,
    callId: '1',
    workflowId: 'w',
    direction: 'inbound',
    callerNumber: null,
    extensions: [],
    startedAt: row.startedAt,
    missing: ['did'],
  };
  await expect(
    quietEnvironment({ startToCloseTimeoutMs: 3_000 }).run(createAskCallLog(deps), input),
  ).rejects.toMatchObject({
    type: 'NotYet',
    details: [{ reason: 'call-log-late' }],
  });
  expect(performance.now() - startedMs).toBeLessThan(6_000);
});
