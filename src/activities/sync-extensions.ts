import { Context } from '@temporalio/activity';
import { planExtensionSync } from '../domain/extension-sync';
import type { ReconcileActivities } from '../domain/reconcile-steps';
import type { ActivityDependencies } from './dependencies';
import { toFailure } from './failures';

const heartbeatMs = 10_000;

/**
 * Brings the map of extensions in line with the internal numbers of the portal's users, as `POST …/extensions/sync` does,
 * for connections that ask for it by `rules.syncExtensionsHours`. Harmless to repeat.
 */
export function createSyncExtensions(deps: ActivityDependencies): ReconcileActivities['syncExtensions'] {
  const { store, bitrix24, log, clock } = deps;
  return async ({ connection: id }) => {
    const stored = await store.connections.get(id);
    if (stored === null || stored.value.rules.syncExtensionsHours === undefined) return null;
    const { info, cancellationSignal: signal } = Context.current();
    const beat = setInterval(() => Context.current().heartbeat(), heartbeatMs);
    try {
      const users = await bitrix24.users({
        connection: stored.value,
        callId: null,
        attempt: info.attempt,
        signal,
      });
      const { rows, duplicates, conflicts } = planExtensionSync(users, await store.extensions.all(id));
      const { created, updated } = await store.extensions.putMany(
        id,
        rows,
        { id: 'sync' },
        { dryRun: false },
      );
      await store.reconcile.put(id, { extensionsSyncedAt: clock().toISOString() });
      const outcome = {
        created,
        updated,
        duplicates: duplicates.length,
        conflicts: conflicts.length,
      };
      if (created > 0 || updated > 0)
        log.info({ connection: id, ...outcome }, 'Extensions were synchronised');
      return outcome;
    } catch (error) {
      throw toFailure(error);
    } finally {
      clearInterval(beat);
    }
  };
}

/** Whether the last sync is older than the connection's rule. */
export function isSyncDue(
  { syncExtensionsHours }: { syncExtensionsHours?: number },
  { extensionsSyncedAt }: { extensionsSyncedAt: string | null },
  now: Date,
  timeScale: number,
): boolean {
  if (syncExtensionsHours === undefined) return false;
  if (extensionsSyncedAt === null) return true;
  return Date.parse(extensionsSyncedAt) + (syncExtensionsHours * 3_600_000) / timeScale <= now.getTime();
}
