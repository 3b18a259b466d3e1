import { quietEnvironment } from '../../test/support/recording-world';
import { ReconcileWorld, reconcileNow } from '../../test/support/reconcile-world';
import { testConnection } from '../../test/support/test-connection';
import { openTestStore } from '../../test/support/test-store';
import type { TestStore } from '../../test/support/test-store';
import type { PrepareInput, PrepareResult } from '../domain/call-steps';
import type { CallView } from '../domain/call-view';
import { workflowIdFor } from '../domain/call-id';
import { createPrepareCall } from './prepare-call';

let stored: TestStore;
let world: ReconcileWorld;
let serial = 0;
beforeAll(async () => {
  stored = await openTestStore(() => reconcileNow);
});
afterAll(() => stored.close());
beforeEach(async () => {
  serial += 1;
  world = await new ReconcileWorld(
    stored.store,
    testConnection('https://pbx.example.com', {}, `office-${serial}`),
  ).open();
});

const callId = 'crm-1';

function prepare(change: Partial<PrepareInput> = {}): Promise<PrepareResult> {
  const connection = world.connection.id;
  const workflowId = workflowIdFor(connection, callId);
  const view = {
    callId,
    workflowId,
    state: 'open',
    bitrix24CallId: null,
    userId: null,
    startedAt: reconcileNow.toISOString(),
    endedAt: null,
    marks: [],
    events: [],
  } as unknown as CallView;
  const input: PrepareInput = {
    connection,
    callId,
    workflowId,
    view,
    revision: 500,
    deliveryKeys: [],
    extensions: ['101'],
    first: true,
    direction: 'inbound',
    callerNumber: '79161234567',
    callerTold: true,
    did: null,
    startedAt: reconcileNow.toISOString(),
    fromReport: false,
    registered: false,
    ...change,
  };
  return quietEnvironment().run(createPrepareCall(world.deps()), input);
}

describe('a call that an earlier run left open in the ledger', () => {
  it('is handed on as far as that run came', async () => {
    await world.ledger(callId, 5, { view: { marks: ['anonymous'] } });
    expect(await prepare()).toMatchObject({
      outcome: 'resolved',
      resume: {
        bitrix24CallId: 'externalCall.1',
        userId: 1269,
        revision: 1_000_000,
        marks: ['anonymous'],
      },
    });
  });

  it('is not taken for one when only an earlier attempt of this very step wrote it', async () => {
    await prepare();
    expect(await prepare()).not.toHaveProperty('resume');
  });

  it('counts as handled when only its recording is missing, save for a run that takes it up on purpose', async () => {
    await world.ledger(callId, 5, { view: { state: 'finished' } });
    expect(await prepare()).toEqual({ outcome: 'handled' });
    expect(await prepare({ resumed: true })).toMatchObject({
      outcome: 'resolved',
      resume: { bitrix24CallId: 'externalCall.1' },
    });
  });

  it('is not taken for a later call under its counter when only a recording is announced', async () => {
    const long = new Date(reconcileNow.getTime() + 14 * 3_600_000).toISOString();
    await world.ledger('41', 5, { closed: true });
    const later = { callId: '41', startedAt: long };
    expect(await prepare(later)).toEqual({ outcome: 'reused-id' });
    expect(await prepare({ ...later, onlyAnnounced: true })).toEqual({ outcome: 'handled' });
  });

  it('is handled for good once it is closed', async () => {
    await world.ledger(callId, 5, { closed: true });
    expect(await prepare({ resumed: true })).toEqual({ outcome: 'handled' });
  });
});

describe('a report of a call that is told live, too', () => {
  it.each([
    ['open', true],
    ['attention', true],
    ['finished', false],
  ] as const)('while that one is %s: its events are worth handing over: %s', async (state, survivorOpen) => {
    expect(await prepare()).toMatchObject({ outcome: 'resolved' });
    await world.ledger(callId, 5, { view: { state } });
    const report = { callId: 'report-1', fromReport: true };
    expect(await prepare(report)).toEqual({ outcome: 'merged', survivorCallId: callId, survivorOpen });
  });
});

describe('a report that comes while a call of the same number goes on', () => {
  const minutesLater = (count: number): string =>
    new Date(reconcileNow.getTime() + count * 60_000).toISOString();
  const endAt = minutesLater(6);
  const report = (receivedAt: string): Partial<PrepareInput> => ({
    callId: 'report-1',
    fromReport: true,
    extensions: [],
    view: {
      callId: 'report-1',
      startedAt: minutesLater(0),
      endedAt: endAt,
      marks: [],
      events: [{ event: 'call-report', at: receivedAt, source: 'webhook' }],
    } as unknown as CallView,
  });

  it.each([
    ['is a call of its own when it tells that it was over before', minutesLater(7), 'resolved'],
    ['is merged when all that is known of its end is when it came', endAt, 'merged'],
  ])('%s', async (_what, receivedAt, outcome) => {
    await prepare({ startedAt: minutesLater(5) });
    expect(await prepare(report(receivedAt))).toMatchObject({ outcome });
  });

  it('is a call of its own when it tells the other direction', async () => {
    await prepare({ startedAt: minutesLater(5) });
    const outbound = { ...report(endAt), direction: 'outbound' } as const;
    expect(await prepare(outbound)).toMatchObject({ outcome: 'resolved' });
  });
});

it('says whether the PBX has a call log to be asked', async () => {
  expect(await prepare()).toMatchObject({ callLog: true });
  const token = { auth: { kind: 'token', token: 't' }, recordings: 'by-call-id' } as const;
  await new ReconcileWorld(
    stored.store,
    testConnection('https://pbx.example.com', token, world.connection.id),
  ).open();
  expect(await prepare()).not.toHaveProperty('callLog');
});
