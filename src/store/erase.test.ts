import { randomBytes } from 'node:crypto';
import type { TestDatabase } from '../../test/support/servers';
import { openView } from '../../test/support/open-view';
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

  it('takes all events of a call of which one is theirs, and none of a call that goes on', async () => {
    const insert = (callId: string, deliveryKey: string, callerNumber: string): Promise<void> =>
      store.inbox.insert(
        {
          connection: 'office',
          callId,
          workflowId: `call/office/${callId}`,
          event: event(deliveryKey, callerNumber),
          receivedAt: '2026-11-25T10:00:00Z',
          reason: 'unreachable',
        },
        { timeoutMs: 5_000 },
      );
    for (const callId of ['whole', 'open']) {
      await insert(callId, 'k1', '');
      await insert(callId, 'k2', '79990000003');
      await insert(callId, 'k3', '');
    }
    const isTheirs = ({ callerNumber }: CallEvent): boolean => callerNumber === '79990000003';
    const asked: string[] = [];
    const goesOn = async ({ callId }: { callId: string }): Promise<boolean> => {
      asked.push(callId);
      return callId === 'open';
    };
    expect(await store.inbox.erase('office', isTheirs, goesOn)).toBe(3);
    expect(asked.sort()).toEqual(['open', 'whole']);
    expect(await store.inbox.forCall('office', 'whole')).toEqual([]);
    expect(await store.inbox.forCall('office', 'open')).toHaveLength(3);
  });

  describe('a row that is not closed yet', () => {
    const view = openView('waits', { state: 'finished', did: '74951234567', caller: '…67' });
    const found = async (filter: object): Promise<string[]> =>
      (await store.calls.list('office', filter, { limit: 5 })).items.map(({ callId }) => callId);

    it('tells nothing personal once it is cleared, and is found by those alone who erase', async () => {
      await store.calls.save('office', view, 1, { callerHash: 'h-waits' });
      expect(await store.calls.clearUnclosed('other', ['waits'], 'h-waits')).toBe(0);
      expect(await store.calls.clearUnclosed('office', ['waits'], 'h-waits')).toBe(1);
      expect(await store.calls.clearUnclosed('office', ['waits'], 'h-waits')).toBe(0);
      expect(await store.calls.get('office', 'waits')).toMatchObject({ caller: null, did: null });
      expect(await found({ callerHash: 'h-waits' })).toEqual([]);
      expect(await found({ erasedHash: 'h-waits' })).toEqual(['waits']);
    });

    it('gets nothing personal back by what is saved later, and goes on all the same', async () => {
      await store.calls.noteCaller('office', 'waits', 'h-waits');
      await store.calls.save('office', view, 2, { callerHash: 'h-waits' });
      await store.calls.save('office', { ...view, userId: 7 }, 3, { closed: true, deliveryKeys: ['k1'] });
      await store.calls.save('office', { ...view, userId: 8 }, 2);
      expect(await store.calls.get('office', 'waits')).toMatchObject({
        caller: null,
        did: null,
        userId: 7,
        revision: 3,
        closed: true,
      });
      expect(await found({ callerHash: 'h-waits' })).toEqual([]);
    });

    it('loses its hash too when it is erased after its close', async () => {
      expect(await store.calls.erase('office', ['waits'], [])).toBe(1);
      expect(await found({ erasedHash: 'h-waits' })).toEqual([]);
    });

    it('keeps the hash no longer than whatever else is personal', async () => {
      await store.calls.save('office', { ...view, callId: 'old' }, 1, { callerHash: 'h-old' });
      await store.calls.clearUnclosed('office', ['old'], 'h-old');
      await store.purgePersonal(new Date(Date.now() + 91 * 86_400_000));
      expect(await found({ erasedHash: 'h-old' })).toEqual([]);
    });
  });

  describe('claims', () => {
    let hash = '';
    const claim = (callId: string, startedAt: string): ReturnType<Store['claims']['claim']> =>
      store.claims.claim(
        {
          connection: 'office',
          callId,
          workflowId: 'w',
          callerHash: hash,
          startedAt,
          extension: '9990000004',
          moreExtensions: ['101'],
          fromReport: callId.startsWith('report'),
        },
        120_000,
      );
    const at = '2026-11-25T10:00:00Z';
    const before = new Date('2026-11-25T09:00:00Z');
    const after = new Date('2026-11-25T11:00:00Z');

    it('stay while a report may still come, and then nothing is merged by them any more', async () => {
      hash = 'hash';
      await claim('a', at);
      expect(await store.claims.callsOf('office', 'hash')).toEqual(['a']);
      expect(await store.claims.erase('other', 'hash', after)).toBe('none');
      expect(await store.claims.erase('office', 'hash', before)).toBe('kept');
      // Nor does what stays tell a number that stood in the place of an extension.
      const [left] = await database.db.collection('claims').find().toArray();
      expect(left!.claims).toMatchObject([{ callId: 'a', extensions: ['101'] }]);
      expect(await claim('report-1', at)).toEqual({ won: false, survivorCallId: 'a' });
      expect(await store.claims.erase('office', 'hash', after)).toBe('erased');
      expect(await store.claims.callsOf('office', 'hash')).toEqual([]);
      expect(await claim('report-2', at)).toEqual({ won: true });
    });

    it('stay while one of the calls is open, however old it is', async () => {
      hash = 'hash-2';
      await claim('open', at);
      const view = openView('open', { startedAt: at });
      await store.calls.save('office', view, 1);
      expect(await store.claims.erase('office', hash, after)).toBe('kept');
      await store.calls.save('office', view, 2, { closed: true });
      expect(await store.claims.erase('office', hash, after)).toBe('kept');
      expect(await store.claims.erase('office', hash, new Date(Date.now() + 1_000))).toBe('erased');
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
