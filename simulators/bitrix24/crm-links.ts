import { phpInt, phpString, phpTrue } from './php';
import type { Params } from './php';
import type { CrmEntity, CrmLink, CrmType } from './portal-state';
import type { Portal } from './portal';

const searchOrder: CrmType[] = ['CONTACT', 'LEAD', 'COMPANY'];

/**
 * CRM objects that carry a number: contacts, then leads, then companies. Numbers are equal when their digits are, so another
 * national spelling of the same number is not found; the real search forgives little more.
 */
export function findByNumber(portal: Portal, number: string): CrmEntity[] {
  const wanted = digits(number);
  if (wanted === '') return [];
  return searchOrder.flatMap((type) =>
    portal.state.crm.filter(
      (entity) => entity.type === type && entity.phones.some((phone) => digits(phone) === wanted),
    ),
  );
}

function digits(number: string): string {
  return number.replace(/\D/g, '');
}

/** The link that CRM_ENTITY_TYPE and CRM_ENTITY_ID give; it replaces the search by number. */
function givenLink(params: Params): CrmLink | null {
  const type = phpString(params['CRM_ENTITY_TYPE']) as CrmType;
  const id = phpInt(params['CRM_ENTITY_ID']);
  return searchOrder.includes(type) && id > 0 ? { type, id } : null;
}

/** What register found and made in the CRM. */
export interface CrmOutcome {
  link: CrmLink | null;
  created: CrmLink[];
  /** Text of LEAD_CREATION_ERROR, if creation failed. */
  error?: string;
}

/** Links a new call with the CRM and makes objects as CRM_CREATE and the portal's CRM mode want it. */
export function linkCall(
  portal: Portal,
  callId: string,
  number: string,
  userId: number,
  params: Params,
): CrmOutcome {
  const found = findByNumber(portal, number)[0];
  const link = givenLink(params) ?? (found === undefined ? null : { type: found.type, id: found.id });
  const create = phpTrue(params['CRM_CREATE']);
  const repeats =
    portal.switches.crmMode === 'repeat' && link?.type === 'CONTACT' && !hasOpenLead(portal, number);
  if (!create || (link !== null && !repeats)) return { link, created: [] };
  const error = portal.switches.leadCreationError;
  if (error !== null) return { link, created: [], error };

  const types: CrmType[] = portal.switches.crmMode === 'simple' ? ['CONTACT', 'DEAL'] : ['LEAD'];
  const created = types.map((type) => {
    const entity: CrmEntity = {
      type,
      id: portal.nextId('crm'),
      name: `Call ${number}`,
      phones: type === 'DEAL' ? [] : [number],
      assignedById: userId,
      sourceId: params['CRM_SOURCE'] === undefined ? null : phpString(params['CRM_SOURCE']),
      createdByCallId: callId,
    };
    portal.state.crm.push(entity);
    return { type, id: entity.id };
  });
  return { link: link ?? created[0] ?? null, created };
}

function hasOpenLead(portal: Portal, number: string): boolean {
  return findByNumber(portal, number).some((entity) => entity.type === 'LEAD');
}
