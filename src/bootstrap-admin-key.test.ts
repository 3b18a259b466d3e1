import { openTestStore } from '../test/support/test-store';
import type { TestStore } from '../test/support/test-store';
import { bootstrapAdminKey } from './bootstrap-admin-key';
import { readSettings } from './config/settings';

let lab: TestStore;
beforeEach(async () => (lab = await openTestStore()));
afterEach(() => lab.close());

const bootstrap = (env: Record<string, string> = {}): Promise<string | null> =>
  bootstrapAdminKey(readSettings(env, { needsServers: false }), lab.store);

describe('the first admin key', () => {
  it('is made once', async () => {
    const secret = await bootstrap();
    expect(await lab.store.adminKeys.verify(secret!)).toMatchObject({ role: 'admin', connections: null });
    expect(await bootstrap()).toBeNull();
  });

  it('is made where the keys that are there cannot do everything', async () => {
    const { adminKeys } = lab.store;
    await adminKeys.create({ name: 'reads', role: 'viewer', connections: null }, { id: 'test' });
    await adminKeys.create({ name: 'one office', role: 'admin', connections: ['office'] }, { id: 'test' });
    expect(await bootstrap()).toMatch(/^bk_/);
    expect(await bootstrap()).toBeNull();
  });

  it('is not made beside the one of the environment', async () => {
    expect(await bootstrap({ ADMIN_API_KEY: 'a-key-of-the-environment' })).toBeNull();
    expect(await bootstrap()).toBeNull();
    expect(await lab.store.adminKeys.list()).toHaveLength(1);
  });
});
