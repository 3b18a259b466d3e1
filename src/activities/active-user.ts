import { PeerError } from '../domain/peer-error';

/** Bitrix24 says that the user is dismissed or unknown; nothing was written. */
function isInactiveUser(error: unknown): boolean {
  return error instanceof PeerError && error.reason === 'user-inactive';
}

/**
 * Writes for the first of the users whom Bitrix24 takes. That it refuses one proves that nothing was written for him, so
 * the next may be tried at once.
 *
 * @param users best first; repetitions are left out.
 * @param decided called before another than the first one is tried.
 */
export async function forActiveUser<T>(
  users: readonly number[],
  write: (userId: number) => Promise<T>,
  decided: (userId: number) => void = () => undefined,
): Promise<{ userId: number; result: T }> {
  const candidates = [...new Set(users)];
  for (const [index, userId] of candidates.entries()) {
    if (index > 0) decided(userId);
    try {
      return { userId, result: await write(userId) };
    } catch (error) {
      if (!isInactiveUser(error) || index === candidates.length - 1) throw error;
    }
  }
  throw new Error('there is no user to write for');
}
