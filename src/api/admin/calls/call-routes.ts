import { z } from 'zod';
import { normaliseNumber } from '../../../domain/phone-number';
import type { ApiDependencies } from '../../dependencies';
import { named } from '../../openapi/named';
import { HttpProblem } from '../../problem';
import { jsonBody } from '../bodies';
import { pageOf, pageQuery, pageRequest, showPage } from '../query';
import type { Route } from '../route';
import { defineConnectionRoute } from '../route';
import { attentionFilter, attentionQuery, callFilter, callFilterShape } from './call-filter';
import { callAnswer, showStoredCall } from './call-schema';
import type { FoundCall } from './find-call';
import { findCall } from './find-call';
import { retryCall, retryCalls } from './retry-calls';

const tag = 'Calls';
const callPage = named('CallPage', pageOf(callAnswer));
const callIdParam = { callId: z.string().min(1).max(256) };

const retryInput = named(
  'RetryInput',
  z.strictObject({ filter: z.strictObject({ ...callFilterShape, ...attentionFilter }).default({}) }),
);
const retryAnswer = named('RetryAnswer', z.strictObject({ callId: z.string(), workflowId: z.string() }));
const retriedAnswer = named(
  'RetriedCalls',
  z.strictObject({
    matched: z.number().int(),
    retried: z.number().int(),
    refused: z.array(z.strictObject({ callId: z.string(), reason: z.string() })),
    more: z.boolean().meta({ description: 'There are more such calls: ask again' }),
  }),
);
const searchInput = named('SearchInput', z.strictObject({ phoneNumber: phoneNumber(), ...pageQuery }));

/** A number as people write it. */
export function phoneNumber(): z.ZodString {
  return z
    .string()
    .min(1)
    .max(64)
    .meta({ description: 'In any spelling', examples: ['+7 999 123-45-67'] });
}

/**
 * The digits that a written number is kept under.
 *
 * @throws {HttpProblem} 400 when there is no number in the text.
 */
export function digitsOf(written: string, country: string): string {
  const { digits } = normaliseNumber(written, country);
  if (digits !== '') return digits;
  throw new HttpProblem(400, {
    detail: 'The body does not fit.',
    errors: [{ field: 'phoneNumber', message: 'must be a phone number' }],
  });
}

/** Lists, shows, searches and takes up calls. */
export function callRoutes(deps: ApiDependencies): Route[] {
  const { store } = deps;
  const found = async (connection: string, callId: string): Promise<FoundCall> => {
    const call = await findCall(deps, connection, callId);
    if (call === null) throw new HttpProblem(404, { detail: 'Nobody knows a call of this id.' });
    return call;
  };
  return [
    defineConnectionRoute({
      method: 'get',
      path: '/calls',
      id: 'listCalls',
      tag,
      summary: 'Calls, the newest start first',
      query: { ...callFilterShape, ...attentionQuery, ...pageQuery },
      answers: { 200: { description: 'A page', schema: callPage } },
      handle: async ({ connection: { value }, query }) => {
        const { attention, ...conditions } = query;
        const waits = attention === undefined ? undefined : attention === 'true';
        const filter = callFilter({ ...conditions, attention: waits }, value);
        const page = await store.calls.list(value.id, filter, pageRequest(query));
        return { status: 200, body: await showPage(page, showStoredCall) };
      },
    }),
    defineConnectionRoute({
      method: 'post',
      path: '/calls/retry',
      id: 'retryCalls',
      tag,
      summary: 'Takes up many calls again: those that wait for somebody, or those that a filter names',
      body: jsonBody(retryInput),
      answers: { 202: { description: 'How many were taken up', schema: retriedAnswer } },
      handle: async ({ connection: { value }, body }) => {
        const { state, recording } = body.filter;
        // By `attention`, not by the state: a finished call stays finished while its recording waits for somebody.
        const usual = state === undefined && recording === undefined ? { attention: true } : {};
        const filter = callFilter({ ...usual, ...body.filter }, value);
        return { status: 202, body: await retryCalls(deps, value.id, filter) };
      },
    }),
    defineConnectionRoute({
      method: 'post',
      path: '/calls/search',
      id: 'searchCalls',
      tag,
      summary: 'Calls with one outside number, found by its keyed hash',
      reads: true,
      body: jsonBody(searchInput),
      answers: { 200: { description: 'A page; the number is masked', schema: callPage } },
      handle: async ({ connection: { value }, body }) => {
        const callerHash = store.hashNumber(value.id, digitsOf(body.phoneNumber, value.country));
        const page = await store.calls.list(value.id, { callerHash }, pageRequest(body));
        return { status: 200, body: await showPage(page, showStoredCall) };
      },
    }),
    defineConnectionRoute({
      method: 'get',
      path: '/calls/{callId}',
      id: 'getCall',
      tag,
      summary: 'One call, from its first 202 on; what is not known yet is null',
      params: callIdParam,
      answers: { 200: { description: 'The call', schema: callAnswer } },
      handle: async ({ params }) => ({
        status: 200,
        body: (await found(params.connection, params.callId)).view,
      }),
    }),
    defineConnectionRoute({
      method: 'post',
      path: '/calls/{callId}/retry',
      id: 'retryCall',
      tag,
      summary: 'Takes up whatever failed or waits in one call',
      params: callIdParam,
      answers: {
        202: { description: 'Taken up', schema: retryAnswer },
        409: { description: 'The call is over; the detail says why it cannot be taken up' },
      },
      handle: async ({ params }) => {
        const call = await found(params.connection, params.callId);
        await retryCall(deps, call);
        return { status: 202, body: { callId: call.view.callId, workflowId: call.view.workflowId } };
      },
    }),
  ];
}
