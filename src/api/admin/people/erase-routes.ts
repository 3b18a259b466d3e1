import { z } from 'zod';
import type { ApiDependencies } from '../../dependencies';
import { named } from '../../openapi/named';
import { jsonBody } from '../bodies';
import { digitsOf, phoneNumber } from '../calls/call-routes';
import type { Route } from '../route';
import { defineConnectionRoute } from '../route';
import { HttpProblem } from '../../problem';
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
        'Calls that still run are left as they are and counted: erase again when they are over. A number of fewer than ' +
        `${minPersonDigits} digits is refused, for it may be an extension.`,
      body: jsonBody(eraseInput),
      answers: { 200: { description: 'What was removed', schema: eraseAnswer } },
      handle: async ({ connection: { value }, body, actor }) => ({
        status: 200,
        body: await erasePerson(deps, value, personDigits(body.phoneNumber, value.country), actor),
      }),
    }),
  ];
}

/** @throws {HttpProblem} 400 when there is no number in the text, or one that may be a colleague's extension. */
function personDigits(written: string, country: string): string {
  const digits = digitsOf(written, country);
  if (digits.replace(/\D/g, '').length >= minPersonDigits) return digits;
  const message = `is as short as an extension: give the whole number, at least ${minPersonDigits} digits`;
  throw new HttpProblem(400, {
    detail: 'The body does not fit.',
    errors: [{ field: 'phoneNumber', message }],
  });
}
