import { attachRecord, reserveUpload } from './attach-record';
import { bindEvent } from './bind-event';
import { moveCard } from './cards';
import type { Bitrix24Client } from './contract';
import { checkPortal } from './check-portal';
import { finish } from './finish';
import { nameLine } from './name-line';
import type { Bitrix24ClientOptions } from './portal-requests';
import { PortalRequests } from './portal-requests';
import { register } from './register';
import { searchCrm } from './search-crm';
import { findStatistics } from './statistics';
import { allUsers } from './users';

export type * from './contract';
export { isHeldBack } from './reasons';
export type { Bitrix24ClientOptions } from './portal-requests';

/** Makes the client of all portals of this server; connections are told with each request. */
export function createBitrix24Client(options: Bitrix24ClientOptions): Bitrix24Client {
  const requests = new PortalRequests(options);
  return {
    register: (context, parameters) => register(requests, context, parameters),
    show: (context, bitrix24CallId, userIds) =>
      moveCard(requests, context, 'show', { bitrix24CallId, userIds, cls: 'cards' }),
    hide: (context, bitrix24CallId, userIds, cls = 'cards') =>
      moveCard(requests, context, 'hide', { bitrix24CallId, userIds, cls }),
    finish: (context, parameters) => finish(requests, context, parameters),
    findStatistics: (context, key, cls = 'finish') => findStatistics(requests, context, key, cls),
    reserveUpload: (context) => reserveUpload(requests, context),
    attachRecord: (context, upload) => attachRecord(requests, context, upload),
    searchCrm: (context, phoneDigits) => searchCrm(requests, context, phoneDigits),
    users: (context) => allUsers(requests, context),
    nameLine: (context, line) => nameLine(requests, context, line),
    bindEvent: (context, binding) => bindEvent(requests, context, binding),
    checks: (connection, ours) => checkPortal(requests, connection, ours),
  };
}
