import { z } from 'zod';
import { crmTemplate, crmTemplateFileName } from '../../../threecx/crm-template';
import type { ApiDependencies } from '../../dependencies';
import type { Route } from '../route';
import { defineConnectionRoute } from '../route';

/** `GET /connections/{connection}/3cx/crm-template.xml`. */
export function templateRoutes({ settings }: ApiDependencies): Route[] {
  return [
    defineConnectionRoute({
      method: 'get',
      path: '/3cx/crm-template.xml',
      id: 'getCrmTemplate',
      tag: 'Connections',
      summary:
        'The CRM template made for this connection, to be uploaded in 3CX’s admin console; holds no secret',
      answers: { 200: { description: 'The template', schema: z.string(), contentType: 'application/xml' } },
      handle: async ({ connection: { value } }) => ({
        status: 200,
        body: crmTemplate(value, settings.publicUrl),
        contentType: 'application/xml; charset=utf-8',
        headers: { 'Content-Disposition': `attachment; filename="${crmTemplateFileName(value.id)}"` },
      }),
    }),
  ];
}
