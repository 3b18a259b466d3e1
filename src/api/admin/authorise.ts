import type { AdminKey } from '../../store';
import { HttpProblem } from '../problem';
import type { Route } from './route';

/**
 * What a key may do: a viewer only reads; a key with a scope sees only its connections and nothing of the server.
 *
 * @throws {HttpProblem} 403
 */
export function authorise(
  key: AdminKey,
  route: Pick<Route, 'reads' | 'scope'>,
  connection: string | undefined,
): void {
  if (key.role === 'viewer' && !route.reads)
    throw new HttpProblem(403, { detail: 'This key may only read.' });
  if (key.connections === null || route.scope === 'filtered') return;
  if (route.scope === 'server')
    throw new HttpProblem(403, {
      detail: 'This key is for some connections only, and this is about the whole server.',
    });
  if (connection === undefined || !key.connections.includes(connection))
    throw new HttpProblem(403, { detail: 'This key is not for this connection.' });
}
