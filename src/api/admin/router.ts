import type Router from '@koa/router';
import type { ApiDependencies } from '../dependencies';
import { mountRoutes } from './mount';
import { adminRoutes } from './routes';

/** The admin API under `/api/v1`. */
export function createAdminRouter(deps: ApiDependencies): Router {
  return mountRoutes(deps, adminRoutes(deps));
}
