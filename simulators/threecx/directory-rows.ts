import type { Row, Schema } from './odata-schema';
import type { Pbx } from './pbx';
import type { Group } from './pbx-state';

/** Members of the directory's entities that the bridge may need (3cx.md 4.3). */
export const directorySchemas = {
  users: {
    name: 'Users',
    fields: {
      Id: 'int',
      Number: 'text',
      FirstName: 'text',
      LastName: 'text',
      EmailAddress: 'text',
      Enabled: 'bool',
      RecordCalls: 'bool',
    },
  },
  dids: {
    name: 'DidNumbers',
    fields: { Number: 'text', TrunkId: 'int', RoutingRule: 'complex' },
  },
  queues: { name: 'Queues', fields: { Id: 'int', Number: 'text', Name: 'text' } },
  ringGroups: { name: 'RingGroups', fields: { Id: 'int', Number: 'text', Name: 'text' } },
} satisfies Record<string, Schema>;

/** Users with an extension. */
export function userRows(pbx: Pbx): Row[] {
  return pbx.directory.extensions.map((one, index) => ({
    Id: 30 + index,
    Number: one.number,
    FirstName: one.firstName,
    LastName: one.lastName,
    EmailAddress: one.email ?? '',
    Enabled: true,
    RecordCalls: one.recordCalls,
  }));
}

/** Numbers that clients dial. */
export function didRows(pbx: Pbx): Row[] {
  return pbx.directory.dids.map((did) => ({
    Number: did.number,
    TrunkId: 1,
    RoutingRule: { RuleName: did.name },
  }));
}

/** Queues or ring groups. */
export function groupRows(pbx: Pbx, kind: Group['kind']): Row[] {
  return pbx.directory.groups
    .map((group, index) => ({ kind: group.kind, Id: 60 + index, Number: group.number, Name: group.name }))
    .filter((group) => group.kind === kind)
    .map(({ kind: _kind, ...row }) => row);
}
