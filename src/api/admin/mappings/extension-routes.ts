import { z } from 'zod';
import { extensionNumberSchema } from '../../../domain/mapping';
import type { ApiDependencies } from '../../dependencies';
import { named } from '../../openapi/named';
import { dryRunQuery } from '../query';
import type { Route } from '../route';
import { defineConnectionRoute } from '../route';
import { extensionKind } from './extension-kind';
import { mappingRoutes } from './mapping-routes';
import { syncAnswer, syncExtensions } from './sync-extensions';

const tag = 'Extensions';

const unmappedList = named(
  'UnmappedExtensions',
  z.strictObject({
    items: z.array(
      z.strictObject({ extension: extensionNumberSchema, calls: z.number().int(), lastSeenAt: z.string() }),
    ),
  }),
);

/** Everything about extensions. */
export function extensionRoutes(deps: ApiDependencies): Route[] {
  return [
    defineConnectionRoute({
      method: 'get',
      path: '/extensions/unmapped',
      id: 'listUnmappedExtensions',
      tag,
      summary: 'Extensions met by calls and mapped to nobody, the busiest first',
      answers: { 200: { description: 'All of them', schema: unmappedList } },
      handle: async ({ params }) => ({
        status: 200,
        body: { items: await deps.store.extensions.listUnmapped(params.connection) },
      }),
    }),
    defineConnectionRoute({
      method: 'post',
      path: '/extensions/sync',
      id: 'syncExtensions',
      tag,
      summary: 'Maps extensions from the internal numbers of the portal’s users',
      description:
        'Entries made by hand or by import stay; where the portal says otherwise it is reported. Nothing is ever removed.',
      query: dryRunQuery,
      answers: {
        200: {
          description: 'What was, or would be, changed, and what a person should look at',
          schema: syncAnswer,
        },
        502: { description: 'Bitrix24 refused or answered badly; the detail says what to do' },
      },
      handle: async ({ connection, actor, query }) => ({
        status: 200,
        body: await syncExtensions(deps, connection.value, actor, { dryRun: query.dryRun === 'true' }),
      }),
    }),
    ...mappingRoutes(extensionKind(deps.store)),
  ];
}
