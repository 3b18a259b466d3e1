import type { Settings } from './config/settings';
import type { Store } from './store';

/** Puts the admin key of the environment in place; without one, an installation that has no key for everything gets one made. */
export async function bootstrapAdminKey(settings: Settings, store: Store): Promise<string | null> {
  if (settings.adminApiKey !== null) {
    await store.adminKeys.ensureBootstrap(settings.adminApiKey);
    return null;
  }
  if (await store.adminKeys.hasMaster()) return null;
  const { secret } = await store.adminKeys.create(
    { name: 'first', role: 'admin', connections: null },
    { id: 'environment' },
  );
  return secret;
}
