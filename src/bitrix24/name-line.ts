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
  const call = { params, cls: 'background', effect: 'read' } as const;
  try {
    // Both are paid at once: whoever had to wait between them would begin with the first again, for ever in a busy portal.
    await requests.call(
      context,
      { ...call, method: 'telephony.externalLine.add', requests: 2 },
      answerSchema,
    );
  } catch (error) {
    if (!(error instanceof PeerError) || error.reason !== 'line-exists') throw error;
    const update = { ...call, method: 'telephony.externalLine.update', budgetClass: null };
    await requests.call(context, update, answerSchema);
  }
}
