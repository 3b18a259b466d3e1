import { z } from 'zod';
import type { RequestContext } from './contract';
import type { PortalRequests } from './portal-requests';

/**
 * `event.bind` (`bitrix24.md` section 7): the portal sends an event of this application to an address of ours. One that is
 * bound already is refused by the portal under a code that nobody documents, so that the caller should not mind a refusal.
 */
export async function bindEvent(
  requests: PortalRequests,
  context: RequestContext,
  { event, handler }: { event: string; handler: string },
): Promise<void> {
  const call = {
    method: 'event.bind',
    params: { event, handler },
    cls: 'background',
    effect: 'read',
  } as const;
  await requests.call(context, call, z.unknown());
}
