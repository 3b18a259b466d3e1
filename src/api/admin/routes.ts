import type { ApiDependencies } from '../dependencies';
import { callRoutes } from './calls/call-routes';
import { connectionRoutes } from './connections/connection-routes';
import { extensionRoutes } from './mappings/extension-routes';
import { lineKind } from './mappings/line-kind';
import { mappingRoutes } from './mappings/mapping-routes';
import { eraseRoutes } from './people/erase-routes';
import { reconcileRoutes } from './reconcile/reconcile-routes';
import { rejectedRoutes } from './rejected/rejected-routes';
import type { Route } from './route';
import { auditRoutes } from './server/audit-routes';
import { doctorRoutes } from './server/doctor-routes';
import { keyRoutes } from './server/key-routes';
import { templateRoutes } from './server/template-routes';

/** Every route of the admin API, as data: what is mounted, described in the OpenAPI document and tested. */
export function adminRoutes(deps: ApiDependencies): Route[] {
  return [
    ...connectionRoutes(deps),
    ...doctorRoutes(deps),
    ...templateRoutes(deps),
    ...extensionRoutes(deps),
    ...mappingRoutes(lineKind(deps.store)),
    ...callRoutes(deps),
    ...reconcileRoutes(deps),
    ...rejectedRoutes(deps),
    ...eraseRoutes(deps),
    ...auditRoutes(deps),
    ...keyRoutes(deps),
  ];
}
