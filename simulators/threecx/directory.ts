import { randomBytes } from 'node:crypto';
import type { ApiClient, Did, Extension, Group } from './pbx-state';

/** A user to be made; what is left out is usual. */
export type ExtensionSeed = Partial<Extension> & { number: string };

/** An API client to be made. Default: System Owner, both APIs, all extensions monitored. */
export type ApiClientSeed = Partial<ApiClient> & { clientId: string };

/** Who and what has a number in the PBX. */
export interface Directory {
  extensions: Extension[];
  dids: Did[];
  groups: Group[];
  apiClients: ApiClient[];
  /** DN of the SIP trunk. */
  trunkDn: string;
}

/** What the directory is filled with. */
export interface DirectorySeed {
  users?: ExtensionSeed[];
  dids?: Did[];
  queues?: Group[];
  apiClients?: ApiClientSeed[];
}

/** An office in Moscow (1xx) and one in St. Petersburg (2xx); 103 has no e-mail, 110 is never recorded. */
const defaultUsers: ExtensionSeed[] = [
  { number: '101', firstName: 'Anna', lastName: 'Agent', email: 'anna@example.com' },
  { number: '102', firstName: 'Boris', lastName: 'Agent', email: 'boris@example.com' },
  { number: '103', firstName: 'Clara', lastName: 'Agent', email: null },
  { number: '110', firstName: 'Secret', lastName: 'Keeper', recordCalls: false },
  { number: '201', firstName: 'Pavel', lastName: 'Nevsky', email: 'pavel@example.com' },
  { number: '202', firstName: 'Olga', lastName: 'Nevskaya', email: 'olga@example.com' },
];

const defaultDids: Did[] = [
  { number: '74951234567', name: 'Moscow' },
  { number: '78121234567', name: 'St. Petersburg' },
];

const defaultGroups: Group[] = [
  { number: '800', name: 'Sales queue', kind: 'queue', members: ['101', '102', '201'] },
  { number: '801', name: 'Front desk', kind: 'ring-group', members: ['101', '102', '103'] },
  { number: '802', name: 'Welcome', kind: 'ivr', members: [] },
];

/** Fills a directory; what the seed leaves out gets a small office. */
export function makeDirectory(seed: DirectorySeed): Directory {
  const extensions = (seed.users ?? defaultUsers).map(makeExtension);
  return {
    extensions,
    dids: [...(seed.dids ?? defaultDids)],
    groups: [...(seed.queues ?? defaultGroups)],
    apiClients: (seed.apiClients ?? [{ clientId: 'bridge' }]).map((one) => makeApiClient(one, extensions)),
    trunkDn: '10000',
  };
}

/** An extension from its seed. */
export function makeExtension(seed: ExtensionSeed): Extension {
  return {
    firstName: 'User',
    lastName: seed.number,
    email: null,
    recordCalls: true,
    password: null,
    twoFactor: false,
    role: 'users',
    ...seed,
  };
}

/** An API client from its seed. */
export function makeApiClient(seed: ApiClientSeed, extensions: Extension[]): ApiClient {
  return {
    clientSecret: randomBytes(24).toString('base64url'),
    role: 'system_owners',
    scopes: ['xapi', 'call-control'],
    monitored: extensions.map((extension) => extension.number),
    ...seed,
  };
}

/** The display name of an extension, group or DID's DN; null when nobody has the number. */
export function nameOf(directory: Directory, dn: string): string | null {
  const extension = directory.extensions.find((one) => one.number === dn);
  if (extension !== undefined) return `${extension.firstName} ${extension.lastName}`;
  return directory.groups.find((one) => one.number === dn)?.name ?? null;
}
