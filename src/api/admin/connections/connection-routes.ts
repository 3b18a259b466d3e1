import { connectionNameSchema } from '../../../domain/connection';
import type { Connection } from '../../../domain/connection';
import type { Versioned } from '../../../store';
import type { ApiDependencies } from '../../dependencies';
import { named } from '../../openapi/named';
import { uncheckedJsonBody } from '../bodies';
import { pageOf, pageQuery, pageRequest, showPage } from '../query';
import type { Answer, Route } from '../route';
import { defineConnectionRoute, defineRoute } from '../route';
import { connectionAnswer, connectionInput, connectionPatch, showConnection } from './connection-schema';
import { dropSchedule } from './keep-schedule';
import type { ChangedConnection } from './put-connection';
import { patchConnection, putConnection, stale } from './put-connection';

const tag = 'Connections';
const shown = { schema: connectionAnswer, headers: ['ETag'] };

/** `GET/PUT/PATCH/DELETE /connections[/{connection}]`. */
export function connectionRoutes(deps: ApiDependencies): Route[] {
  const { store } = deps;
  const show = async (stored: Versioned<Connection>, madeToken?: string): Promise<object> =>
    showConnection(stored, await store.health.get(stored.value.id), madeToken);
  const changed = async ({ created, stored, madeToken }: ChangedConnection): Promise<Answer> => ({
    status: created ? 201 : 200,
    body: await show(stored, madeToken),
    headers: { ETag: stored.etag },
  });
  return [
    defineRoute({
      method: 'get',
      path: '/connections',
      id: 'listConnections',
      tag,
      summary: 'All connections that the key may see',
      scope: 'filtered',
      query: pageQuery,
      answers: { 200: { description: 'A page', schema: named('ConnectionPage', pageOf(connectionAnswer)) } },
      handle: async ({ query, key }) => ({
        status: 200,
        body: await showPage(
          await store.connections.list(pageRequest(query), key.connections ?? undefined),
          show,
        ),
      }),
    }),
    defineConnectionRoute({
      method: 'get',
      path: '',
      id: 'getConnection',
      tag,
      summary: 'One connection, its secrets masked, and how the last real contact with each peer went',
      answers: { 200: { description: 'The connection', ...shown } },
      handle: async ({ connection }) => ({
        status: 200,
        body: await show(connection),
        headers: { ETag: connection.etag },
      }),
    }),
    defineRoute({
      method: 'put',
      path: '/connections/{connection}',
      id: 'putConnection',
      tag,
      summary: 'Makes or replaces a connection',
      description:
        'A secret that is absent or `***` stays. A new connection without `webhookTokens` gets one, shown only in this answer.',
      scope: 'connection',
      params: { connection: connectionNameSchema },
      body: uncheckedJsonBody(connectionInput),
      answers: { 200: { description: 'Changed', ...shown }, 201: { description: 'Made', ...shown } },
      handle: async ({ params, body, actor, ifMatch }) =>
        changed(await putConnection(deps, { id: params.connection, actor, ifMatch }, body)),
    }),
    defineConnectionRoute({
      method: 'patch',
      path: '',
      id: 'patchConnection',
      tag,
      summary: 'Changes parts of a connection (JSON merge patch, RFC 7396)',
      description: '`null` removes. An `auth` of another `kind` replaces the stored one whole.',
      body: uncheckedJsonBody(connectionPatch, ['application/merge-patch+json', 'application/json']),
      answers: { 200: { description: 'Changed', ...shown } },
      handle: async ({ params, body, actor, ifMatch }) =>
        changed(await patchConnection(deps, { id: params.connection, actor, ifMatch }, body)),
    }),
    defineConnectionRoute({
      method: 'delete',
      path: '',
      id: 'deleteConnection',
      tag,
      summary: 'Removes a connection; its mappings and calls stay and are there again when it is made anew',
      answers: { 204: { description: 'Removed' } },
      handle: async ({ params, actor, ifMatch }) => {
        if ((await store.connections.delete(params.connection, actor, ifMatch)) === 'stale') throw stale();
        await deps.connections.refresh();
        await dropSchedule(deps, params.connection);
        return { status: 204 };
      },
    }),
  ];
}
