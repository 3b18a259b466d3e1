import type { ExtensionMapping } from './mapping';
import { extensionNumberSchema } from './mapping';

/** A user of the portal, as far as the map of extensions must know of him. */
export interface SyncUser {
  userId: number;
  name: string;
  active: boolean;
  /** `UF_PHONE_INNER`, null when empty. */
  extension: string | null;
}

/** An entry of the map. */
export interface SyncRow {
  key: string;
  value: ExtensionMapping;
  /** `manual`, `import` or `sync`. */
  origin: string;
}

/** What a sync would write, and what a person should look at. */
export interface SyncPlan {
  rows: SyncRow[];
  /** Several users have this internal number; its mapping stays as it is. */
  duplicates: { extension: string; userIds: number[] }[];
  /** Mapped by hand or import to something else; the mapping stays. */
  conflicts: { extension: string; mapped: ExtensionMapping; portalUserId: number }[];
  /** Mapped by an earlier sync and no longer told by the portal; the mapping stays. */
  missing: { extension: string; userId: number }[];
  /** Users whose internal number cannot be an extension. */
  skipped: { userId: number; reason: string }[];
}

const longestName = 200;

/**
 * Compares the portal's users with the map. Only adds and renews entries of a sync; nothing is ever removed, so an empty
 * answer of the portal empties nothing.
 */
export function planExtensionSync(users: readonly SyncUser[], map: readonly SyncRow[]): SyncPlan {
  const known = new Map(map.map((row) => [row.key, row]));
  const { owners, skipped } = readUsers(users);
  const plan: SyncPlan = { rows: [], duplicates: [], conflicts: [], missing: [], skipped };
  for (const [extension, [first, ...others]] of owners) {
    const stored = known.get(extension);
    if (others.length > 0)
      plan.duplicates.push({ extension, userIds: [first!.userId, ...others.map((user) => user.userId)] });
    else if (stored !== undefined && stored.origin !== 'sync') {
      if ('userId' in stored.value && stored.value.userId === first!.userId) plan.rows.push(stored);
      else plan.conflicts.push({ extension, mapped: stored.value, portalUserId: first!.userId });
    } else {
      const name = first!.name.trim().slice(0, longestName);
      const value = { userId: first!.userId, ...(name === '' ? {} : { name }) };
      plan.rows.push({ key: extension, value, origin: 'sync' });
    }
  }
  for (const { key: extension, value, origin } of map)
    if (origin === 'sync' && 'userId' in value && !owners.has(extension))
      plan.missing.push({ extension, userId: value.userId });
  return plan;
}

/** Active users by extension, in the portal's order. */
function readUsers(users: readonly SyncUser[]): {
  owners: Map<string, SyncUser[]>;
  skipped: SyncPlan['skipped'];
} {
  const owners = new Map<string, SyncUser[]>();
  const skipped: SyncPlan['skipped'] = [];
  for (const user of users) {
    const extension = user.extension?.trim() ?? '';
    if (!user.active || extension === '') continue;
    if (extensionNumberSchema.safeParse(extension).success)
      owners.set(extension, [...(owners.get(extension) ?? []), user]);
    else
      skipped.push({
        userId: user.userId,
        reason: 'the internal number has other signs than digits, * and #',
      });
  }
  return { owners, skipped };
}
