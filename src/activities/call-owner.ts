import type { RequestContext } from '../bitrix24/contract';
import type { FinishInput } from '../domain/call-steps';
import type { ActivityDependencies } from './dependencies';

/** Who owns the finished call. */
export interface CallOwner {
  userId: number;
  /** The extension is mapped to nobody, so the fallback user stands in. */
  unmapped: boolean;
}

/**
 * Decides anew whose call it is, because a mapping may have been made since the register. No extension known, or one that
 * is no person: the user of the register keeps it.
 */
export async function callOwner(
  { store }: Pick<ActivityDependencies, 'store'>,
  { connection }: RequestContext,
  { extension, fallbackUserId, registeredUserId }: FinishInput,
): Promise<CallOwner> {
  if (extension === null) return { userId: registeredUserId, unmapped: false };
  const mapping = (await store.extensions.getMany(connection.id, [extension])).get(extension);
  if (mapping === undefined) return { userId: fallbackUserId, unmapped: true };
  return { userId: 'userId' in mapping ? mapping.userId : registeredUserId, unmapped: false };
}
