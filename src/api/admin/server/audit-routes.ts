import { z } from 'zod';
import type { ApiDependencies } from '../../dependencies';
import { named } from '../../openapi/named';
import { pageOf, pageQuery, pageRequest } from '../query';
import type { Route } from '../route';
import { defineConnectionRoute, defineRoute } from '../route';

const tag = 'Audit';

const auditPage = named(
  'AuditPage',
  pageOf(
    z.strictObject({
      id: z.string(),
      at: z.string(),
      actor: z.string().meta({ description: 'Id of the admin key, or environment' }),
      requestId: z.string().nullable(),
      connection: z.string().nullable(),
      action: z.string(),
      target: z.string(),
      before: z.unknown().meta({ description: 'Secrets are masked' }),
      after: z.unknown(),
      hash: z
        .string()
        .meta({ description: 'Over the row before and this row: a changed or missing row is found' }),
    }),
  ),
);

const auditVerdict = named(
  'AuditVerdict',
  z.strictObject({
    ok: z.boolean(),
    rows: z.number().int().meta({ description: 'Rows that follow from one another' }),
    head: z.string().meta({ description: 'Hash of the last of them' }),
    firstBroken: z.string().optional().meta({ description: 'Id of the first row that does not follow' }),
  }),
);

/** The audit trail of one connection, and of the whole server. */
export function auditRoutes({ store }: ApiDependencies): Route[] {
  const answers = { 200: { description: 'A page', schema: auditPage } };
  return [
    defineConnectionRoute({
      method: 'get',
      path: '/audit',
      id: 'listConnectionAudit',
      tag,
      summary: 'Who changed what of this connection, the newest first',
      query: pageQuery,
      answers,
      handle: async ({ params, query }) => ({
        status: 200,
        body: await store.audit.list({ connection: params.connection }, pageRequest(query)),
      }),
    }),
    defineRoute({
      method: 'get',
      path: '/audit/verify',
      id: 'verifyAudit',
      tag,
      summary: 'Whether the audit trail is whole: no row changed, missing or added',
      description:
        'Reads the whole trail. Note `head` elsewhere from time to time: the hash of a row of that time must still be it.',
      scope: 'server',
      answers: { 200: { description: 'The verdict', schema: auditVerdict } },
      handle: async () => ({ status: 200, body: await store.audit.verify() }),
    }),
    defineRoute({
      method: 'get',
      path: '/audit',
      id: 'listAudit',
      tag,
      summary: 'Who changed what on this server, the newest first',
      scope: 'server',
      query: pageQuery,
      answers,
      handle: async ({ query }) => ({ status: 200, body: await store.audit.list({}, pageRequest(query)) }),
    }),
  ];
}
