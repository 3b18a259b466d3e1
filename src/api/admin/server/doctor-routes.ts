import { z } from 'zod';
import type { ApiDependencies } from '../../dependencies';
import { named } from '../../openapi/named';
import type { Route } from '../route';
import { defineConnectionRoute } from '../route';

const checks = named(
  'Checks',
  z.strictObject({
    checks: z.array(
      z.strictObject({ name: z.string(), ok: z.boolean(), detail: z.string(), mend: z.string().optional() }),
    ),
  }),
);

/** `POST /connections/{connection}/test`. */
export function doctorRoutes({ doctor }: ApiDependencies): Route[] {
  return [
    defineConnectionRoute({
      method: 'post',
      path: '/test',
      id: 'testConnection',
      tag: 'Connections',
      summary: 'Examines both ends of a connection, leaving no trace in either',
      answers: { 200: { description: 'What was looked at, and what to do about it', schema: checks } },
      handle: async ({ connection }) => ({ status: 200, body: { checks: await doctor(connection.value) } }),
    }),
  ];
}
