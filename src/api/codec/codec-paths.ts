import { z } from 'zod';
import type { DescribedPath } from '../openapi/described-path';
import { named } from '../openapi/named';
import { loginInput, payloadsSchema } from './codec-schemas';

const tag = 'Codec';
const page = { description: 'A page', schema: z.string(), contentType: 'text/html' };

/** What Temporal's UI calls to show payloads in clear. */
export const codecPaths: DescribedPath[] = [
  {
    method: 'get',
    path: '/codec/login',
    id: 'codecLoginPage',
    tag,
    summary: 'A form that takes an admin key',
    answers: { 200: page },
    security: [],
  },
  {
    method: 'post',
    path: '/codec/login',
    id: 'codecLogin',
    tag,
    summary: 'Opens a session (a cookie) for an admin key without scope',
    body: { contentTypes: ['application/x-www-form-urlencoded'], schema: loginInput, required: true },
    answers: {
      200: { ...page, description: 'The session is open', headers: ['Set-Cookie'] },
      400: { description: 'Not UTF-8' },
      401: { ...page, description: 'A wrong key' },
      403: { ...page, description: 'A viewer’s key, a key with a scope, or a form of another site' },
      408: { description: 'Not complete in time' },
      413: { description: 'Too long' },
      415: { description: 'Not a form' },
      429: { description: 'A flood of wrong keys' },
      503: { description: 'The database does not answer' },
    },
    security: [],
  },
  {
    method: 'post',
    path: '/codec/logout',
    id: 'codecLogout',
    tag,
    summary: 'Ends the session of this browser',
    answers: {
      200: { ...page, description: 'The session is over', headers: ['Set-Cookie'] },
      403: { description: 'A form of another site' },
    },
    security: [],
  },
  {
    method: 'post',
    path: '/codec/decode',
    id: 'codecDecode',
    tag,
    summary: 'Decrypts payloads for Temporal’s UI',
    description:
      'By the cookie of a session, or by an admin key for Temporal’s command line. One origin only.',
    body: {
      contentTypes: ['application/json'],
      schema: named('EncodedPayloads', payloadsSchema),
      required: true,
    },
    answers: {
      200: { description: 'The payloads in clear', schema: named('DecodedPayloads', payloadsSchema.clone()) },
      400: { description: 'Not payloads' },
      401: { description: 'No session and no admin key' },
      403: { description: 'Another origin than Temporal’s UI, or a key that may not' },
      408: { description: 'Not complete in time' },
      413: { description: 'Too long' },
      415: { description: 'Not JSON' },
      429: { description: 'A flood of wrong keys' },
      503: { description: 'The database does not answer' },
    },
    security: ['codecSession', 'adminKey'],
  },
];
