import { applyFilter, pageOf, sortRows } from './list-filter';
import type { FieldKinds, ListRow } from './list-filter';
import type { Caller } from './access';
import type { Method } from './method';
import { phpString, upperNames } from './php';
import type { PortalUser } from './portal-state';

const kinds: FieldKinds = {
  ID: 'number',
  NAME: 'text',
  LAST_NAME: 'text',
  EMAIL: 'text',
  ACTIVE: 'flag',
  USER_TYPE: 'text',
  UF_PHONE_INNER: 'text',
};

/** user.get: people without bots; inactive ones are left out only when asked (reference section 5.8). */
export const userGet: Method = {
  scopes: ['user', 'user_basic', 'user_brief'],
  run: (portal, { params, caller }) => {
    const upper = upperNames(params);
    const people = portal.state.users.filter((user) => user.kind === 'employee');
    const rows = people.map((user) => printUser(user, caller));
    const filter = upper['FILTER'] ?? upper;
    const found = applyFilter(rows, filter, kinds, () => null);
    const sort = phpString(upper['SORT']).toUpperCase() || 'ID';
    return pageOf(sortRows(found, sort, /^desc$/i.test(phpString(upper['ORDER'])), kinds), params);
  },
};

function printUser(user: PortalUser, caller: Caller): ListRow {
  const [name = '', ...rest] = user.name.split(' ');
  const seesContacts = caller.scopes.includes('user') || caller.scopes.includes('user_basic');
  return {
    ID: String(user.id),
    ACTIVE: user.active,
    NAME: name,
    LAST_NAME: rest.join(' '),
    EMAIL: `user${user.id}@portal.example`,
    USER_TYPE: 'employee',
    ...(seesContacts && { UF_PHONE_INNER: user.extension }),
  };
}
