import { randomBytes } from 'node:crypto';
import type { TestDatabase } from '../../test/support/servers';
import { freshDatabase } from '../../test/support/servers';
import type { CallEvent } from '../domain/call-event';
import { openStore, parseDataKeys } from '.';
import type { Store } from '.';

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await freshDatabase();
  store = await openStore({
    db: database.db,
    client: database.client,
    dataKeys: parseDataKeys(randomBytes(32).toString('base64')),
    retention: { ledgerDays: 400, personalDays: 90 },
  });
});
afterAll(() => database.close());

const event = (deliveryKey: string, callerNumber: string): CallEvent => ({
  event: 'call-started',
  deliveryKey,
  receivedAt: '2026-11-25T10:00:00Z',
  source: 'webhook',
  callerNumber,
});

describe('erasing', () => {
  it('takes the events of one number and one connection out of the inbox', async () => {
    for (const connection of ['office', 'other'])
      for (const number of ['79990000001', '79990000002'])
        await store.inbox.insert(
          {
            connection,
            callId: number,
            workflowId: `call/${connection}/${number}`,
            event: event('k', number),
            receivedAt: '2026-11-25T10:00:00Z',
            reason: 'unreachable',
          },
          { timeoutMs: 5_000 },
        );
    const isTheirs = ({ callerNumber }: CallEvent): boolean => callerNumber === '79990000001';
    expect(await store.inbox.erase('office', isTheirs)).toBe(1);
    expect(await store.inbox.erase('office', isTheirs)).toBe(0);
    expect(await store.inbox.forCall('office', '79990000001')).toEqual([]);
    expect(await store.inbox.forCall('office', '79990000002')).toHaveLength(1);
    expect(await store.inbox.forCall('other', '79990000001')).toHaveLength(1);
  });

  it('forgets a claim, so that nothing is merged by it any more', async () => {
    const claim = {
      connection: 'office',
      workflowId: 'w',
      callerHash: 'hash',
      startedAt: '2026-11-25T10:00:00Z',
      extension: null,
    };
    await store.claims.claim({ ...claim, callId: 'a', fromReport: false }, 120_000);
    expect(await store.claims.erase('other', 'hash')).toBe(0);
    expect(await store.claims.erase('office', 'hash')).toBe(1);
    expect(await store.claims.claim({ ...claim, callId: 'b', fromReport: true }, 120_000)).toEqual({
      won: true,
    });
  });

  it('leaves a row in the audit trail that belongs to its chain', async () => {
    const change = {
      connection: 'office',
      action: 'person.erase',
      target: 'one number',
      before: null,
      after: { calls: 1 },
    };
    await store.audit.record(change, { id: 'k1', requestId: 'r1' });
    expect((await store.audit.list({ connection: 'office' }, { limit: 1 })).items[0]).toMatchObject({
      ...change,
      actor: 'k1',
      requestId: 'r1',
    });
    expect(await store.audit.verify()).toMatchObject({ ok: true });
  });
});

describe('a signature of the store', () => {
  it('belongs to its purpose and text, and is no number hash', () => {
    const signature = store.sign('codec-session', 'key.1');
    expect(store.sign('codec-session', 'key.1')).toBe(signature);
    expect(store.sign('codec-session', 'key.2')).not.toBe(signature);
    expect(store.sign('other', 'key.1')).not.toBe(signature);
    expect(store.hashNumber('codec-session', 'key.1')).not.toBe(signature);
  });
});
