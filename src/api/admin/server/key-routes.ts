import { z } from 'zod';
import { connectionNameSchema } from '../../../domain/connection';
import type { ApiDependencies } from '../../dependencies';
import { named } from '../../openapi/named';
import { HttpProblem } from '../../problem';
import { jsonBody } from '../bodies';
import type { Route } from '../route';
import { defineRoute } from '../route';

const tag = 'Admin keys';

const scope = z
  .array(connectionNameSchema)
  .min(1)
  .max(200)
  .nullable()
  .meta({ description: 'The connections that the key is for; null: all of them, and the server' });

const keyInput = named(
  'KeyInput',
  z.strictObject({
    name: z.string().trim().min(1).max(200),
    role: z.enum(['admin', 'viewer']),
    connections: scope.default(null),
  }),
);

const keyAnswer = named(
  'Key',
  z.strictObject({
    id: z.string(),
    name: z.string(),
    role: z.enum(['admin', 'viewer']),
    connections: scope,
    createdAt: z.string(),
    lastUsedAt: z.string().nullable(),
  }),
);

const newKeyAnswer = named(
  'NewKey',
  keyAnswer.extend({ secret: z.string().meta({ description: 'The key itself; shown this once' }) }),
);

/** `GET/POST/DELETE /keys`. */
export function keyRoutes({ store }: ApiDependencies): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/keys',
      id: 'listKeys',
      tag,
      summary: 'All admin keys, without the keys themselves',
      scope: 'server',
      answers: {
        200: {
          description: 'All keys',
          schema: named('Keys', z.strictObject({ items: z.array(keyAnswer) })),
        },
      },
      handle: async () => ({ status: 200, body: { items: await store.adminKeys.list() } }),
    }),
    defineRoute({
      method: 'post',
      path: '/keys',
      id: 'createKey',
      tag,
      summary: 'Makes an admin key with a role and a connection scope',
      scope: 'server',
      body: jsonBody(keyInput),
      answers: { 201: { description: 'The key, shown this once', schema: newKeyAnswer } },
      handle: async ({ body, actor }) => {
        const { key, secret } = await store.adminKeys.create(body, actor);
        return { status: 201, body: { ...key, secret } };
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/keys/{id}',
      id: 'deleteKey',
      tag,
      summary: 'Ends a key at once',
      unconditional: true,
      scope: 'server',
      params: { id: z.string() },
      answers: {
        204: { description: 'Removed' },
        409: { description: 'The last key that may do everything cannot be removed' },
      },
      handle: async ({ params, actor }) => {
        const outcome = await store.adminKeys.delete(params.id, actor);
        if (outcome === 'missing') throw new HttpProblem(404, { detail: 'There is no key of this id.' });
        if (outcome === 'last-master')
          throw new HttpProblem(409, {
            detail: 'This is the last key that may do everything. Make another one first.',
          });
        return { status: 204 };
      },
    }),
  ];
}
