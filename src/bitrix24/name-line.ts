import { z } from 'zod';
import { PeerError } from '../domain/peer-error';
import type { RequestContext } from './contract';
import type { PortalRequests } from './portal-requests';

const answerSchema = z.looseObject({});

/** `telephony.externalLine.add`, and `.update` where the line exists: `register` makes unknown lines without a name (`bitrix24.md` 5.6). */
export async function nameLine(
  requests: PortalRequests,
  context: RequestContext,
  line: { number: string; name: string; crmAutoCreate: boolean },
): Promise<void> {
  const params = { NUMBER: line.number, NAME: line.name, CRM_AUTO_CREATE: line.crmAutoCreate ? 'Y' : 'N' };
  // Repeating is harmless: the second time finds the line.
  const call = (method: string): Promise<unknown> =>
    requests.call(context, { method, params, cls: 'background', effect: 'read' }, answerSchema);
  try {
    await call('telephony.externalLine.add');
  } catch (error) {
    if (!(error instanceof PeerError) || error.reason !== 'line-exists') throw error;
    await call('telephony.externalLine.update');
  }
}
