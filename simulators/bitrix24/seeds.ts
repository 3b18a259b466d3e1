import type { CrmEntity, CrmType, PortalUser } from './portal-state';
import type { Portal } from './portal';

/** A user to be made; what is left out is usual. */
export interface UserSeed {
  /** Default: the next free one. */
  id?: number;
  name?: string;
  extension?: string | null;
  active?: boolean;
  kind?: PortalUser['kind'];
  /** Default: user 1 alone. */
  admin?: boolean;
}

/** A CRM object to be made. */
export interface ContactSeed {
  /** Default CONTACT. */
  type?: CrmType;
  id?: number;
  name?: string;
  phones: string[];
  /** Responsible user. Default 1. */
  assignedById?: number;
}

/** People of a portal that was not told otherwise: an administrator, three agents, one who has left. */
export const defaultUsers: UserSeed[] = [
  { id: 1, name: 'Ada Admin', extension: null },
  { id: 1269, name: 'Anna Agent', extension: '101' },
  { id: 1270, name: 'Boris Agent', extension: '102' },
  { id: 1271, name: 'Clara Agent', extension: '103' },
  { id: 1272, name: 'Dmitri Gone', extension: '104', active: false },
];

/** Adds a user to the portal. */
export function addUser(portal: Portal, seed: UserSeed): PortalUser {
  const id = seed.id ?? portal.nextId('user');
  const user: PortalUser = {
    id,
    name: seed.name ?? `User ${id}`,
    extension: seed.extension ?? null,
    active: seed.active ?? true,
    kind: seed.kind ?? 'employee',
    admin: seed.admin ?? id === 1,
  };
  if (portal.state.users.some((one) => one.id === id)) throw new Error(`There is a user ${id} already`);
  portal.state.users.push(user);
  portal.changes.notify();
  return user;
}

/** Adds a CRM object with numbers to the portal. */
export function addContact(portal: Portal, seed: ContactSeed): CrmEntity {
  const id = seed.id ?? portal.nextId('crm');
  const entity: CrmEntity = {
    type: seed.type ?? 'CONTACT',
    id,
    name: seed.name ?? `Contact ${id}`,
    phones: seed.phones,
    assignedById: seed.assignedById ?? 1,
    sourceId: null,
    createdByCallId: null,
  };
  portal.state.crm.push(entity);
  portal.changes.notify();
  return entity;
}
