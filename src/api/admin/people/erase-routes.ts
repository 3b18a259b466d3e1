import { z } from 'zod';
import type { ApiDependencies } from '../../dependencies';
import { named } from '../../openapi/named';
import { jsonBody } from '../bodies';
import { digitsOf, phoneNumber } from '../calls/call-routes';
import type { Route } from '../route';
import { defineConnectionRoute } from '../route';
import { erasePerson } from './erase-person';
import { minPersonDigits } from './their-number';

const eraseInput = named('EraseInput', z.strictObject({ phoneNumber: phoneNumber() }));

const eraseAnswer = named(
  'EraseAnswer',
  z.strictObject({
    calls: z.number().int().meta({ description: 'Calls that keep no number and no hash any more' }),
    inbox: z.number().int().meta({ description: 'Events that waited for Temporal' }),
    rejected: z.number().int().meta({ description: 'Webhooks that were not understood' }),
    histories: z.number().int().meta({ description: 'Histories deleted in Temporal' }),
    liveCalls: z.number().int().meta({ description: 'Calls that Call Control left behind' }),
    openCalls: z.number().int().meta({ description: 'Calls that still run: erase again when they are over' }),
  }),
);

/** `POST /connections/{connection}/erase`. */
export function eraseRoutes(deps: ApiDependencies): Route[] {
  return [
    defineConnectionRoute({
      method: 'post',
      path: '/erase',
      id: 'erasePerson',
      tag: 'Personal data',
      summary: 'Removes one person’s data from this server',
      description:
        'What Bitrix24 and 3CX hold is not touched. Calls stay without a number, so that a repeat doubles nothing. ' +
        'Calls that still run are counted and left as they are, save that those which only wait for their recording are ' +
        'cleared: erase again when they are over. A number of fewer than ' +
        `${minPersonDigits} digits, which may be an extension, is looked for as a caller's only.`,
      body: jsonBody(eraseInput),
      answers: { 200: { description: 'What was removed', schema: eraseAnswer } },
      handle: async ({ connection: { value }, body, actor }) => ({
        status: 200,
        body: await erasePerson(deps, value, digitsOf(body.phoneNumber, value.country), actor),
      }),
    }),
  ];
}
