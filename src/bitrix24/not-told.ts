import { PeerError } from '../domain/peer-error';

/**
 * An answer of the portal, or why it does not give one: some portals lack a method that is only nice to have, or do not let
 * us use it. Other errors are thrown.
 */
export async function tolerated<T>(ask: () => Promise<T>): Promise<{ told: T } | { untold: string }> {
  try {
    return { told: await ask() };
  } catch (error) {
    if (!(error instanceof PeerError)) throw error;
    if (error.reason !== 'method-not-found' && error.reaction !== 'authorisation') throw error;
    return { untold: error.reason };
  }
}
