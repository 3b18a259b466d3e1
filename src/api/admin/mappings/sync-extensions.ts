import { z } from 'zod';
import type { Connection } from '../../../domain/connection';
import { planExtensionSync } from '../../../domain/extension-sync';
import type { Actor } from '../../../store';
import type { ApiDependencies } from '../../dependencies';
import { named } from '../../openapi/named';
import { peerProblem } from '../peer-problem';

const userId = z.number().int();

/** What a sync did, or would do. */
export const syncAnswer = named(
  'SyncAnswer',
  z.strictObject({
    dryRun: z.boolean(),
    users: z.number().int().meta({ description: 'Users that the portal told' }),
    created: z.number().int(),
    updated: z.number().int(),
    unchanged: z.number().int(),
    duplicates: z
      .array(z.strictObject({ extension: z.string(), userIds: z.array(userId) }))
      .meta({ description: 'Several users have this internal number; its mapping stays as it is' }),
    conflicts: z
      .array(z.strictObject({ extension: z.string(), mapped: z.unknown(), portalUserId: userId }))
      .meta({ description: 'Mapped by hand or import to something else; the mapping stays' }),
    missing: z
      .array(z.strictObject({ extension: z.string(), userId }))
      .meta({ description: 'Mapped by an earlier sync and no longer told by the portal; the mapping stays' }),
    skipped: z
      .array(z.strictObject({ userId, reason: z.string() }))
      .meta({ description: 'Users whose internal number cannot be an extension' }),
  }),
);
type SyncAnswer = z.output<typeof syncAnswer>;

/**
 * Brings the map in line with the portal's `UF_PHONE_INNER`. Only adds and renews entries of its own kind; an empty or failed
 * answer of the portal changes nothing.
 *
 * @throws {HttpProblem} 502 or 503 when the portal does not answer well.
 */
export async function syncExtensions(
  { store, bitrix24 }: Pick<ApiDependencies, 'store' | 'bitrix24'>,
  connection: Connection,
  actor: Actor,
  options: { dryRun: boolean },
): Promise<SyncAnswer> {
  const users = await bitrix24.users({ connection, callId: null, attempt: 1 }).catch((error: unknown) => {
    throw peerProblem(error);
  });
  const { rows, ...findings } = planExtensionSync(users, await store.extensions.all(connection.id));
  const counts = await store.extensions.putMany(connection.id, rows, actor, options);
  return { dryRun: options.dryRun, users: users.length, ...counts, ...findings };
}
