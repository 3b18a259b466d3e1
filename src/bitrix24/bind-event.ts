import { z } from 'zod';
import { PeerError } from '../domain/peer-error';
import type { RequestContext } from './contract';
import type { PortalRequests } from './portal-requests';

/**
 * `event.bind` (`bitrix24.md` section 7, `bitrix24/b24restdocs:api-reference/events/event-bind.md`): the portal sends an
 * event of this application to an address of ours. A handler that is bound already stays bound; an address at which an
 * earlier installation listened does too.
 */
export async function bindEvent(
  requests: PortalRequests,
  context: RequestContext,
  { event, handler }: { event: string; handler: string },
): Promise<void> {
  // Repeating is harmless: the second time finds the handler.
  const call = {
    method: 'event.bind',
    params: { event, handler },
    cls: 'cards',
    effect: 'read',
  } as const;
  try {
    await requests.call(context, call, z.literal(true));
  } catch (error) {
    if (!(error instanceof PeerError) || error.reason !== 'event-bound') throw error;
  }
}
