import { z } from 'zod';
import { idNumber } from './answer-shapes';
import type { CrmMatch, RequestContext } from './contract';
import type { PortalRequests } from './portal-requests';

const answerSchema = z.array(
  z.looseObject({
    CRM_ENTITY_TYPE: z.enum(['CONTACT', 'COMPANY', 'LEAD']),
    CRM_ENTITY_ID: idNumber,
    NAME: z.string().nullable().catch(''),
    ASSIGNED_BY_ID: idNumber.nullable().catch(null),
  }),
);

/**
 * `telephony.externalCall.searchCrmEntities` (`bitrix24.md` 5.5): contacts, leads and companies with this number. Asked
 * while a phone rings, but a name on its display is worth less than any call.
 */
export async function searchCrm(
  requests: PortalRequests,
  context: RequestContext,
  phoneDigits: string,
): Promise<CrmMatch[]> {
  const call = {
    method: 'telephony.externalCall.searchCrmEntities',
    params: { PHONE_NUMBER: phoneDigits },
    cls: 'background',
    effect: 'read',
  } as const;
  const found = await requests.call(context, call, answerSchema);
  return found.map((row) => ({
    entityType: row.CRM_ENTITY_TYPE,
    entityId: row.CRM_ENTITY_ID,
    name: row.NAME ?? '',
    responsibleUserId: row.ASSIGNED_BY_ID,
  }));
}
