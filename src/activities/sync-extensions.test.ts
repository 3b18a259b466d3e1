import { MockActivityEnvironment } from '@temporalio/testing';
import { connectionOf } from '../../test/support/api-lab';
import type { TestStore } from '../../test/support/test-store';
import { openTestStore, silentLog } from '../../test/support/test-store';
import type { PortalUser } from '../bitrix24/contract';
import { PeerError } from '../domain/peer-error';
import type { SyncOutcome } from '../domain/reconcile-steps';
import type { ActivityDependencies } from './dependencies';
import { createSyncExtensions, isSyncDue } from './sync-extensions';

let stored: TestStore;
let users: () => Promise<PortalUser[]>;

beforeAll(async () => {
  stored = await openTestStore();
});
afterAll(() => stored.close());

const user = (userId: number, extension: string): PortalUser => ({
  userId,
  extension,
  name: `User ${userId}`,
  active: true,
});

async function sync(syncExtensionsHours?: number): Promise<SyncOutcome | null> {
  const connection = connectionOf();
  const rules = {
    ...connection.rules,
    ...(syncExtensionsHours === undefined ? {} : { syncExtensionsHours }),
  };
  await stored.store.connections.put({ ...connection, rules }, { id: 'test' });
  const deps = {
    store: stored.store,
    bitrix24: { users: () => users() },
    log: silentLog,
    clock: () => new Date('2026-11-24T09:00:00Z'),
  } as unknown as ActivityDependencies;
  return new MockActivityEnvironment().run(() => createSyncExtensions(deps)({ connection: 'office' }));
}
const mapped = async (): Promise<string[]> =>
  (await stored.store.extensions.all('office')).map(({ key }) => key);

describe('the sync of extensions by schedule', () => {
  it('does nothing for a connection that does not want it', async () => {
    users = async () => [user(1, '101')];
    expect(await sync()).toBeNull();
    expect(await mapped()).toEqual([]);
  });

  it('maps what the portal knows, and notes when it did', async () => {
    users = async () => [user(1, '101'), user(2, '102'), user(3, '102')];
    expect(await sync(24)).toEqual({ created: 1, updated: 0, duplicates: 1, conflicts: 0 });
    expect(await mapped()).toEqual(['101']);
    const { extensionsSyncedAt } = await stored.store.reconcile.get('office');
    expect(extensionsSyncedAt).toBe('2026-11-24T09:00:00.000Z');
  });

  it('empties nothing when the portal answers nothing or badly, and stays due after a failure', async () => {
    await stored.store.reconcile.put('office', { extensionsSyncedAt: null });
    const away = new PeerError('bitrix24', 'not-yet', 'portal-unreachable', { mend: 'Wait.' });
    users = () => Promise.reject(away);
    await expect(sync(24)).rejects.toMatchObject({ type: 'NotYet' });
    expect((await stored.store.reconcile.get('office')).extensionsSyncedAt).toBeNull();
    users = async () => [];
    expect(await sync(24)).toMatchObject({ created: 0, updated: 0 });
    expect(await mapped()).toEqual(['101']);
  });

  it.each<[string, number | undefined, string | null, number, boolean]>([
    ['never when it is off', undefined, null, 1, false],
    ['at once when it never was', 24, null, 1, true],
    ['not yet within its hours', 24, '2026-11-23T09:00:01Z', 1, false],
    ['after its hours', 24, '2026-11-23T09:00:00Z', 1, true],
    ['sooner when a test shortens all deadlines', 24, '2026-11-24T08:00:00Z', 24, true],
  ])('is due %s', (_, syncExtensionsHours, extensionsSyncedAt, timeScale, expected) => {
    const rules = syncExtensionsHours === undefined ? {} : { syncExtensionsHours };
    expect(isSyncDue(rules, { extensionsSyncedAt }, new Date('2026-11-24T09:00:00Z'), timeScale)).toBe(
      expected,
    );
  });
});
