import { token } from '../../support/api-lab';
import type { BadRequest, HttpCase } from '../http-case';
import { jsonType } from '../http-case';

type Headers = readonly (readonly [string, string])[];

/** A webhook with nothing but these headers to prove itself. */
const hook = (headers: Headers, query = '', body = '{"callId":"a-1"}'): BadRequest => ({
  method: 'POST',
  path: `/webhooks/3cx/office/call-started${query}`,
  headers: [jsonType, ...headers],
  body,
});
/** A request of the admin API with nothing but these headers. */
const ask = (headers: Headers, path = '/connections', method = 'GET', body?: string): BadRequest => ({
  method,
  path: `/api/v1${path}`,
  headers: [jsonType, ...headers],
  ...(body === undefined ? {} : { body }),
});
const authorization = (value: string): Headers => [['Authorization', value]];
const basic = (text: string): Headers => authorization(`Basic ${Buffer.from(text).toString('base64')}`);
const base64url = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
const jwt = (header: object, payload: object, signature = 'c2ln'): string =>
  `${base64url(header)}.${base64url(payload)}.${signature}`;
const claims = { sub: 'admin', role: 'admin', aud: 'bridge', iss: 'bridge', exp: 4_102_444_800 };
const refused = { status: 401, field: 'token', kept: null };
const taken = { status: 202, callId: 'a-1' };
const userId = '{"userId":1}';
const own = '/connections/office/extensions/150';

/** B50: whoever has no key, half a key, or somebody else's. */
// prettier-ignore
export const auth: readonly HttpCase[] = [
  ['B50 no token', hook([]), refused],
  ['B50 an empty Authorization', hook(authorization('')), refused],
  ['B50 Bearer and nothing', hook(authorization('Bearer')), refused],
  ['B50 Bearer and blanks', hook(authorization('Bearer   ')), refused],
  ['B50 a wrong token', hook(authorization('Bearer wrong')), refused],
  ['B50 a token with one character more', hook(authorization(`Bearer ${token}x`)), refused],
  ['B50 a token with one character less', hook(authorization(`Bearer ${token.slice(0, -1)}`)), refused],
  ['B50 a token in capitals', hook(authorization(`Bearer ${token.toUpperCase()}`)), refused],
  ['B50 two tokens in one', hook(authorization(`Bearer ${token}, Bearer ${token}`)), refused],
  ['B50 the scheme in small letters', hook(authorization(`bearer ${token}`)), taken],
  ['B50 two blanks', hook(authorization(`Bearer  ${token}`)), taken],
  ['B50 a blank behind', hook(authorization(`Bearer ${token} `)), taken],
  ['B50 another scheme', hook(authorization(`Token ${token}`)), refused],
  ['B50 Digest', hook(authorization(`Digest username="x", response="${token}"`)), refused],
  ['B50 no scheme', hook(authorization(token)), refused],
  ['B50 Basic and nothing', hook(authorization('Basic')), refused],
  ['B50 Basic that is no base64', hook(authorization('Basic !!!')), refused],
  ['B50 Basic without colon', hook(basic(token)), refused],
  ['B50 Basic with the token as user', hook(basic(`${token}:`)), refused],
  ['B50 Basic with two colons', hook(basic(`u:${token}:x`)), refused],
  ['B50 Basic with an empty password', hook(basic('u:')), refused],
  ['B50 Basic of 10 kB', hook(basic(`u:${'x'.repeat(7_000)}`)), refused],
  ['B50 Basic as it should be', hook(basic(`u:${token}`)), taken],
  ['B50 an empty header of ours', hook([['X-Webhook-Token', '']]), refused],
  ['B50 our header twice', hook([['X-Webhook-Token', 'wrong'], ['X-Webhook-Token', token]]), refused],
  ['B50 an empty token in the query', hook([], '?token='), refused],
  ['B50 a wrong token in the query', hook([], '?token=wrong'), refused],
  ['B50 an operator in the query', hook([], '?token[$ne]=x'), refused],
  ['B50 a token with a line break in the query', hook([], `?token=${token}%0a`), refused],
  ['B50 a token in the body', hook([], '', JSON.stringify({ callId: 'a-1', token })), refused],
  ['B50 a token in a cookie', hook([['Cookie', `token=${token}`]]), refused],
  ['B50 an admin key as token', hook(authorization('Bearer ADMIN_KEY')), refused],
  ['B50 the token of nobody', { ...hook(authorization(`Bearer ${token}`)), path: '/webhooks/3cx/nobody/call-started' }, 404],

  ['B50 no key', ask([]), 401],
  ['B50 Bearer without key', ask(authorization('Bearer')), 401],
  ['B50 a wrong key of the right form', ask(authorization('Bearer bk_wrong')), 401],
  ['B50 the right beginning and a wrong rest', ask(authorization('Bearer ADMIN_KEYx')), 401],
  ['B50 a key of 2 kB', ask(authorization(`Bearer ${'x'.repeat(2_048)}`)), 401],
  ['B50 a key of blanks and more', ask(authorization('Bearer ADMIN_KEY ADMIN_KEY')), 401],
  ['B50 a key as password of Basic', ask(basic('admin:bk_wrong')), 401],
  ['B50 a key in the query', ask([], '/connections?token=ADMIN_KEY'), 401],
  ['B50 a key in a cookie', ask([['Cookie', 'codec_session=ADMIN_KEY']]), 401],
  ['B50 a key under another header', ask([['X-Api-Key', 'ADMIN_KEY']]), 401],
  ['B50 a webhook token as key', ask(authorization(`Bearer ${token}`)), 401],
  ['B50 bytes that are no text', ask(authorization('Bearer \xff\xfe')), 401],
  ['B50 small letters and blanks', ask(authorization('bearer   ADMIN_KEY')), 200],
  ['B50 a viewer that writes', ask(authorization('Bearer VIEWER_KEY'), own, 'PUT', userId), 403],
  ['B50 a viewer that removes', ask(authorization('Bearer VIEWER_KEY'), '/connections/office', 'DELETE'), 403],
  ['B50 a viewer that makes a key', ask(authorization('Bearer VIEWER_KEY'), '/keys', 'POST', '{"name":"x","role":"admin"}'), 403],
  ['B50 a viewer that forgets a person', ask(authorization('Bearer VIEWER_KEY'), '/connections/office/erase', 'POST', '{"phoneNumber":"1"}'), 403],
  ['B50 a viewer that searches', ask(authorization('Bearer VIEWER_KEY'), '/connections/office/calls/search', 'POST', '{"phoneNumber":"+79991234567"}'), 200],
  ['B50 a key of another connection', ask(authorization('Bearer ELSEWHERE_KEY'), own, 'PUT', userId), 403],
  ['B50 a key of another connection that asks for the keys', ask(authorization('Bearer ELSEWHERE_KEY'), '/keys'), 403],
  ['B50 a key of another connection that asks for its own, by another’s path', ask(authorization('Bearer ELSEWHERE_KEY'), '/connections/elsewhere/../office/extensions'), 404],
  ['B50 a JWT that nobody signed', ask(authorization(`Bearer ${jwt({ alg: 'none' }, claims, '')}`)), 401],
  ['B50 a JWT signed by somebody', ask(authorization(`Bearer ${jwt({ alg: 'HS256' }, claims)}`)), 401],
  ['B50 a JWT whose key is a path', ask(authorization(`Bearer ${jwt({ alg: 'RS256', kid: '../../dev/null' }, claims)}`)), 401],
  ['B50 a JWT that ends never', ask(authorization(`Bearer ${jwt({ alg: 'HS256' }, { ...claims, exp: 'never' })}`)), 401],
  ['B50 a JWT of 12 kB', ask(authorization(`Bearer ${jwt({ alg: 'HS256' }, { ...claims, pad: 'x'.repeat(9_000) })}`)), 401],

  ['B50 payloads without a session', { method: 'POST', path: '/codec/decode', headers: [jsonType], body: '{"payloads":[]}' }, 401],
  ['B50 payloads with a made-up session', { method: 'POST', path: '/codec/decode', headers: [jsonType, ['Cookie', 'codec_session=x.y.z']], body: '{"payloads":[]}' }, 401],
  ['B50 payloads for a viewer', { method: 'POST', path: '/codec/decode', headers: [jsonType, ['Authorization', 'Bearer VIEWER_KEY']], body: '{"payloads":[]}' }, 403],
  ['B50 payloads that are none', { method: 'POST', path: '/codec/decode', headers: [jsonType, ['Authorization', 'Bearer ADMIN_KEY']], body: '{"payloads":[{"data":"%%%"}]}' }, { status: 400, field: 'payloads.0.data' }],
  ['B50 an event of a portal that is no application', { method: 'POST', path: '/webhooks/bitrix24/office/events', headers: [['Content-Type', 'application/x-www-form-urlencoded']], body: 'event=X&auth[application_token]=y' }, 404],
];
