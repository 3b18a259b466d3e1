import type { AdminLab } from '../../../../test/support/admin-lab';
import { openAdminLab } from '../../../../test/support/admin-lab';
import type { PortalUser } from '../../../bitrix24/contract';
import { PeerError } from '../../../domain/peer-error';

let lab: AdminLab;
let users: () => Promise<PortalUser[]>;
beforeAll(async () => {
  lab = await openAdminLab({ bitrix24: { users: () => users() } as never });
});
afterAll(() => lab.close());
beforeEach(async () => {
  for (const { key } of await lab.store.extensions.all('office'))
    await lab.store.extensions.delete('office', key, { id: 'test' });
});

const base = '/connections/office/extensions';
const sync = (query = '') => lab.ask('POST', `${base}/sync${query}`);
const user = (userId: number, extension: string | null, change: Partial<PortalUser> = {}): PortalUser => ({
  userId,
  name: `User ${userId}`,
  active: true,
  extension,
  ...change,
});
const mapped = async () =>
  (await lab.store.extensions.all('office')).map(({ key, value, origin }) => [key, value, origin]);

describe('a sync with the portal', () => {
  it('maps what the portal knows, and again changes nothing', async () => {
    users = async () => [user(1, '101'), user(2, ' 102 '), user(3, null), user(4, '104', { active: false })];
    expect((await sync()).body).toMatchObject({
      dryRun: false,
      users: 4,
      created: 2,
      updated: 0,
      unchanged: 0,
    });
    expect(await mapped()).toEqual([
      ['101', { userId: 1, name: 'User 1' }, 'sync'],
      ['102', { userId: 2, name: 'User 2' }, 'sync'],
    ]);
    expect((await sync()).body).toMatchObject({ created: 0, updated: 0, unchanged: 2 });
    users = async () => [user(9, '101')];
    expect((await sync()).body).toMatchObject({ updated: 1, missing: [{ extension: '102', userId: 2 }] });
    expect(await mapped()).toEqual([
      ['101', { userId: 9, name: 'User 9' }, 'sync'],
      ['102', { userId: 2, name: 'User 2' }, 'sync'],
    ]);
  });

  it('only tells what it would do when it is tried', async () => {
    users = async () => [user(1, '101')];
    expect((await sync('?dryRun=true')).body).toMatchObject({ dryRun: true, created: 1 });
    expect(await mapped()).toEqual([]);
  });

  it('keeps what was mapped by hand or by import, and tells where the portal says otherwise', async () => {
    await lab.ask('PUT', `${base}/101`, { body: { userId: 7, name: 'By hand' } });
    await lab.ask('PUT', `${base}/102`, { body: { kind: 'queue' } });
    await lab.ask('PUT', `${base}/103`, { body: { userId: 3 } });
    users = async () => [user(1, '101'), user(2, '102'), user(3, '103')];
    expect((await sync()).body).toMatchObject({
      created: 0,
      updated: 0,
      unchanged: 1,
      conflicts: [
        { extension: '101', mapped: { userId: 7 }, portalUserId: 1 },
        { extension: '102', mapped: { kind: 'queue' }, portalUserId: 2 },
      ],
    });
    expect((await mapped()).map(([, , origin]) => origin)).toEqual(['manual', 'manual', 'manual']);
  });

  it('tells of two users with one number and maps neither', async () => {
    users = async () => [user(1, '101'), user(2, '101'), user(3, '103')];
    expect((await sync()).body).toMatchObject({
      created: 1,
      duplicates: [{ extension: '101', userIds: [1, 2] }],
    });
    expect((await mapped()).map(([key]) => key)).toEqual(['103']);
  });

  it('tells of numbers that are no extensions', async () => {
    users = async () => [user(1, '+7 (495) 1'), user(2, 'кабинет 5')];
    expect((await sync()).body).toMatchObject({ created: 0, skipped: [{ userId: 1 }, { userId: 2 }] });
  });

  it('never empties the map on an empty answer', async () => {
    users = async () => [user(1, '101')];
    await sync();
    users = async () => [];
    expect((await sync()).body).toMatchObject({
      users: 0,
      created: 0,
      updated: 0,
      missing: [{ extension: '101' }],
    });
    expect(await mapped()).toHaveLength(1);
  });

  it.each([
    ['not-yet', 503],
    ['authorisation', 502],
    ['refused', 502],
    ['ambiguous', 502],
  ] as const)(
    'changes nothing when the portal answers "%s", and says what to do',
    async (reaction, status) => {
      users = async () => [user(1, '101')];
      await sync();
      users = async () => {
        throw new PeerError('bitrix24', reaction, 'portal-unwell', {
          mend: 'Look at the portal.',
          retryAfterMs: 1_500,
        });
      };
      const answer = await sync();
      expect([answer.status, answer.body.detail]).toEqual([
        status,
        'Bitrix24: portal-unwell. Look at the portal.',
      ]);
      expect(answer.headers.get('retry-after')).toBe(status === 503 ? '2' : null);
      expect(await mapped()).toHaveLength(1);
    },
  );
});
