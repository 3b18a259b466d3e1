import { deflateSync, gzipSync } from 'node:zlib';
import { token } from '../../support/api-lab';
import type { HttpCase } from '../http-case';
import { admin, formType, jsonType, webhook, webhookHead } from '../http-case';

const good = { callId: 'a-1' };
const text = JSON.stringify(good);
const typed = (type: string): { headers: [string, string][] } => ({ headers: [['Content-Type', type]] });
const encoded = (encoding: string): { headers: (readonly [string, string])[] } => ({
  headers: [jsonType, ['Content-Encoding', encoding]],
});
const withHeaders = (
  ...headers: (readonly [string, string])[]
): { headers: (readonly [string, string])[] } => ({
  headers: [jsonType, ...headers],
});
/** Bytes on the wire after which the other side closes, or is asked to. */
const wire = (...lines: string[]): { raw: string } => ({ raw: `${lines.join('\r\n')}\r\n\r\n` });
const close = 'Connection: close';
const bearer = `Authorization: Bearer ${token}`;
const post = 'POST /webhooks/3cx/office/call-started HTTP/1.1';

/** B01 to B09: requests that are wrong before anybody reads their content. */
// prettier-ignore
export const httpLayer: readonly HttpCase[] = [
  ['B01 no body and no length', { ...webhook(''), body: undefined }, { status: 400, field: 'callId' }],
  ['B01 a length of nothing', webhook(''), { status: 400, field: 'callId' }],
  ['B01 nothing in chunks', webhook('', { chunked: true }), { status: 400, field: 'callId' }],
  ['B01 an empty form', webhook('', { headers: [formType] }), { status: 400, field: 'callId' }],
  ['B01 blanks only', webhook(' \r\n '), { status: 400, field: 'body' }],
  ['B01 nothing for the admin API', admin('PUT', '/extensions/101', ''), { status: 400, field: 'body' }],

  ['B02 65,537 bytes', webhook(`${text}${' '.repeat(65_537 - text.length)}`), { status: 413, kept: 'body-too-large' }],
  ['B02 2 MB', webhook('x'.repeat(2_000_000)), { status: 413, kept: 'body-too-large' }],
  ['B02 1 GB by its length', { raw: `${webhookHead('Content-Length: 1000000000')}{"callId"` }, { status: 413, kept: 'body-too-large' }],
  ['B02 1 GB that is asked for first', { raw: webhookHead('Content-Length: 1000000000', 'Expect: 100-continue') }, { status: 413, kept: 'body-too-large' }],
  ['B02 65,537 bytes in chunks', webhook('x'.repeat(65_537), { chunked: true }), { status: 413, kept: 'body-too-large' }],
  ['B02 2 MB in chunks', webhook('x'.repeat(2_000_000), { chunked: true }), { status: 413, kept: 'body-too-large' }],
  ['B02 a long query', { ...webhook(''), method: 'GET', path: `/webhooks/3cx/office/call-started?callId=1&x=${'y'.repeat(65_600)}`, body: undefined }, 413],
  ['B02 more than a mapping needs', admin('PUT', '/extensions/101', `{"userId":1,"name":"${'x'.repeat(1_048_576)}"}`), 413],
  ['B02 more than a file of mappings needs', admin('POST', '/extensions/import', 'x'.repeat(5_242_881), typed('text/csv')), 413],
  ['B02 a length that is no number', wire(post, 'Host: x', bearer, 'Content-Length: many', close), 400],
  ['B02 a length below nothing', wire(post, 'Host: x', bearer, 'Content-Length: -1', close), 400],
  ['B02 two lengths that differ', wire(post, 'Host: x', bearer, 'Content-Length: 1', 'Content-Length: 2', close), 400],
  ['B02 a list of lengths', wire(post, 'Host: x', bearer, 'Content-Length: 1, 2', close), 400],
  ['B02 a length with blanks inside', wire(post, 'Host: x', bearer, 'Content-Length: 1 0', close), 400],

  ['B03 a gzip bomb', webhook(gzipSync(Buffer.alloc(40_000_000)), encoded('gzip')), { status: 415, field: 'Content-Encoding', kept: 'unsupported-media-type' }],
  ['B03 honest gzip', webhook(gzipSync(text), encoded('gzip')), 415],
  ['B03 broken gzip', webhook('not gzip', encoded('gzip')), 415],
  ['B03 deflate', webhook(deflateSync(text), encoded('deflate')), 415],
  ['B03 brotli', webhook(text, encoded('br')), 415],
  ['B03 two encodings', webhook(text, encoded('identity, gzip')), 415],
  ['B03 an encoding that nobody knows', webhook(text, encoded('aes128')), 415],
  ['B03 no encoding, said aloud', webhook(text, encoded('IDENTITY')), { status: 202, callId: 'a-1' }],
  ['B03 gzip for the admin API', admin('PUT', '/extensions/101', gzipSync('{"userId":1}'), encoded('gzip')), 415],
  ['B03 a packed file', admin('POST', '/lines/import', gzipSync('did,lineNumber\n'), { headers: [['Content-Type', 'text/csv'], ['Content-Encoding', 'gzip']] }), 415],

  ['B04 no type', webhook(text, { headers: [] }), { status: 415, field: 'Content-Type', kept: 'unsupported-media-type' }],
  ['B04 an empty type', webhook(text, typed('')), 415],
  ['B04 plain text', webhook(text, typed('text/plain')), 415],
  ['B04 several parts', webhook('--x\r\n\r\n--x--', typed('multipart/form-data; boundary=x')), 415],
  ['B04 XML', webhook('<a/>', typed('application/xml')), 415],
  ['B04 a JSON patch', webhook(text, typed('application/json-patch+json')), 415],
  ['B04 JSON of text', webhook(text, typed('text/json')), 415],
  ['B04 two types in one header', webhook(text, typed('application/json, text/plain')), 415],
  ['B04 two headers', webhook(text, { headers: [['Content-Type', 'text/plain'], jsonType] }), 415],
  ['B04 a type that is none', webhook(text, typed('application')), 415],
  ['B04 a type of signs', webhook(text, typed(';;;=')), 415],
  ['B04 windows-1251', webhook(text, typed('application/json; charset=windows-1251')), { status: 415, field: 'Content-Type' }],
  ['B04 UTF-16', webhook(text, typed('application/json; charset=utf-16')), 415],
  ['B04 capitals and the usual charset', webhook(text, typed('Application/JSON;Charset="UTF-8"')), { status: 202, callId: 'a-1' }],
  ['B04 a form for the admin API', admin('PUT', '/extensions/101', 'userId=1', { headers: [formType] }), 415],
  ['B04 a merge patch where a whole is put', admin('PUT', '/extensions/101', '{"userId":1}', typed('application/merge-patch+json')), 415],
  ['B04 JSON as a file', admin('POST', '/extensions/import', '[]'), 415],

  ['B06 a header of 17 kB', webhook(good, withHeaders(['X-Note', 'x'.repeat(17_000)])), { status: 431, kept: null }],
  ['B06 a header of 90 kB', webhook(good, withHeaders(['X-Note', 'x'.repeat(90_000)])), { status: 431, kept: null }],
  ['B06 500 headers', webhook(good, withHeaders(...Array.from({ length: 500 }, (_, at) => [`X-${at}`, 'x'] as const))), { status: 202, callId: 'a-1' }],
  ['B06 5,000 headers', webhook(good, withHeaders(...Array.from({ length: 5_000 }, (_, at) => [`X-${at}`, 'x'] as const))), { status: 431, kept: null }],
  ['B06 two keys, the first one wrong', wire('GET /api/v1/connections HTTP/1.1', 'Host: x', 'Authorization: Bearer wrong', 'Authorization: Bearer ADMIN_KEY', close), 401],
  ['B06 a line break in a header', wire(post, 'Host: x', 'X-Note: a\rX-Webhook-Token: b', close), 400],
  ['B06 a header without end', wire(post, 'Host: x', 'X-Note: a\nb', close), 400],
  ['B06 a NUL in a header', wire(post, 'Host: x', 'X-Note: a\0b', close), 400],
  ['B06 a header without colon', wire(post, 'Host: x', 'no header', close), 400],
  ['B06 a blank before the colon', wire(post, 'Host: x', 'Content-Length : 5', close), 400],
  ['B06 a folded header', wire('GET /health/live HTTP/1.1', 'Host: x', 'X-Note: a', ' b', close), 400],
  ['B06 no Host', wire('GET /health/live HTTP/1.1', close), { status: 400, field: 'Host' }],
  ['B06 an empty Host', wire('GET /health/live HTTP/1.1', 'Host:', close), { status: 400, field: 'Host' }],
  ['B06 a Host that leads elsewhere', wire('GET /api/v1/connections/office/3cx/crm-template.xml HTTP/1.1', 'Host: evil.example', 'X-Forwarded-Host: evil.example', 'Authorization: Bearer ADMIN_KEY', close), { status: 200, hides: 'evil.example' }],
  ['B06 a forwarded path and method', webhook(good, withHeaders(['X-Original-URL', '/api/v1/keys'], ['X-Rewrite-URL', '/api/v1/keys'])), { status: 202, callId: 'a-1' }],
  ['B06 a condition that is no ETag', admin('PUT', '/extensions/606', { userId: 1 }, withHeaders(['If-Match', '*"'])), 412],

  ['B07 PUT', webhook(good, { method: 'PUT' }), { status: 405, field: 'method' }],
  ['B07 PATCH', webhook(good, { method: 'PATCH' }), 405],
  ['B07 DELETE', webhook(good, { method: 'DELETE' }), 405],
  ['B07 TRACE', webhook(good, { method: 'TRACE' }), 405],
  ['B07 HEAD', { ...webhook(''), method: 'HEAD', body: undefined }, 405],
  ['B07 a method of WebDAV', webhook(good, { method: 'PROPFIND' }), 405],
  ['B07 a method that nobody knows', webhook(good, { method: 'GRAB' }), { status: 400, kept: null }],
  ['B07 small letters', webhook(good, { method: 'post' }), { status: 400, kept: null }],
  ['B07 a tunnel', wire('CONNECT 127.0.0.1:7233 HTTP/1.1', 'Host: x'), 405],
  ['B07 another method in a header', webhook(good, withHeaders(['X-HTTP-Method-Override', 'DELETE'])), { status: 202, callId: 'a-1' }],
  ['B07 another method in the query', { ...admin('POST', '/extensions/101?_method=DELETE', {}) }, 405],
  ['B07 TRACE of the admin API', admin('TRACE', '/extensions'), { status: 405, hides: 'ADMIN_KEY' }],

  ['B08 two slashes in front', webhook(good, { path: '//webhooks/3cx/office/call-started' }), 404],
  ['B08 two slashes inside', webhook(good, { path: '/webhooks/3cx//office/call-started' }), 404],
  ['B08 a slash behind', webhook(good, { path: '/webhooks/3cx/office/call-started/' }), { status: 202, callId: 'a-1' }],
  ['B08 a slash behind the connection', webhook({ ...good, event: 'call-started' }, { path: '/webhooks/3cx/office/' }), { status: 202, callId: 'a-1' }],
  ['B08 steps upwards', webhook(good, { path: '/webhooks/3cx/office/../../../api/v1/keys' }), 404],
  ['B08 steps upwards in disguise', webhook(good, { path: '/webhooks/3cx/office/%2e%2e%2f%2e%2e%2fadmin' }), { status: 404, kept: 'unknown-event' }],
  ['B08 steps in double disguise', webhook(good, { path: '/webhooks/3cx/office/%252e%252e' }), { status: 404, kept: 'unknown-event' }],
  ['B08 a parameter of the path', webhook(good, { path: '/webhooks/3cx/office/call-started;x=y' }), { status: 404, kept: 'unknown-event' }],
  ['B08 capitals', webhook(good, { path: '/Webhooks/3CX/office/call-started' }), { status: 202, callId: 'a-1' }],
  ['B08 capitals in the event', webhook(good, { path: '/webhooks/3cx/office/Call-Started' }), { status: 404, kept: 'unknown-event' }],
  ['B08 a NUL', webhook(good, { path: '/webhooks/3cx/office/call-started%00' }), { status: 404, kept: 'unknown-event' }],
  ['B08 a byte that is no text', webhook(good, { path: '/webhooks/3cx/office/%ff' }), { status: 404, kept: 'unknown-event' }],
  ['B08 half an escape', webhook(good, { path: '/webhooks/3cx/office/%4' }), { status: 404, kept: 'unknown-event' }],
  ['B08 a byte that is no text for the admin API', admin('GET', '/extensions/%ff'), 400],
  ['B08 a query of 8 kB', webhook(good, { path: `/webhooks/3cx/office/call-started?x=${'y'.repeat(8_192)}` }), { status: 202, callId: 'a-1' }],
  ['B08 a name twice in a query', { ...webhook(''), method: 'GET', path: '/webhooks/3cx/office/call-started?callId=a-1&callId=a-2', body: undefined }, { status: 400, field: 'callId' }],
  ['B08 a name twice in a query of the admin API', admin('GET', '/calls?limit=1&limit=2'), { status: 400, field: 'limit' }],
  ['B08 an address of another server', wire('GET http://evil.example/api/v1/keys HTTP/1.1', 'Host: x', close), 401],
  ['B08 a star', wire('OPTIONS * HTTP/1.1', 'Host: x', close), 404],
  ['B08 a blank in the address', wire('GET /health/ live HTTP/1.1', 'Host: x', close), 400],
  ['B08 a backslash', wire('GET /health\\live HTTP/1.1', 'Host: x', close), 404],
  ['B08 an address of 90 kB', wire(`GET /${'x'.repeat(90_000)} HTTP/1.1`, 'Host: x', close), 431],

  ['B09 a length and chunks', wire(post, 'Host: x', bearer, 'Content-Length: 5', 'Transfer-Encoding: chunked', close), 400],
  ['B09 chunks and a length', wire(post, 'Host: x', bearer, 'Transfer-Encoding: chunked', 'Content-Length: 5', close), 400],
  ['B09 a transfer that nobody knows', { raw: `${webhookHead('Transfer-Encoding: cow')}{}` }, { status: 400, kept: 'malformed' }],
  ['B09 chunks in disguise', wire(post, 'Host: x', bearer, 'Transfer-Encoding: x, chunked', 'Content-Length: 5', close), 400],
  ['B09 a chunk of no size', { raw: `${webhookHead('Transfer-Encoding: chunked')}zz\r\n{}\r\n0\r\n\r\n` }, { status: 400, kept: 'malformed' }],
  ['B09 a chunk of endless size', { raw: `${webhookHead('Transfer-Encoding: chunked')}ffffffffffffffffff\r\n{}\r\n` }, { status: 400, kept: 'malformed' }],
  ['B09 a webhook behind another one', { raw: `${webhookHead('Content-Length: 2')}{}${webhookHead('Content-Length: 2', close)}{}` }, { status: 400, kept: 'missing-field' }],
  ['B09 rubbish behind a webhook', { raw: `${webhookHead('Content-Length: 2')}{}rubbish\r\n\r\n` }, { status: 400, kept: 'missing-field' }],
  ['B09 a question before the body', { raw: `${webhookHead('Expect: 100-continue', 'Content-Length: 2', close)}{}` }, { status: 400, kept: 'missing-field' }],
  ['B09 a question that nobody knows', { raw: `${webhookHead('Expect: a miracle', 'Content-Length: 2', close)}{}` }, 417],
  ['B09 HTTP/0.9', { raw: 'GET /api/v1/keys\r\n\r\n' }, 401],
  ['B09 HTTP/2 at once', { raw: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' }, 400],
  ['B09 HTTP/3.0', wire('GET /health/live HTTP/3.0', 'Host: x'), 400],
  ['B09 an upgrade', wire('GET /api/v1/keys HTTP/1.1', 'Host: x', 'Connection: Upgrade, close', 'Upgrade: websocket'), 401],
  ['B09 TLS on the plain port', { raw: Buffer.from('16030100f1010000ed0303'.padEnd(400, '0'), 'hex') }, 400],
  ['B09 SSH', { raw: 'SSH-2.0-OpenSSH_9.6\r\n' }, 400],
  ['B09 SIP, from a phone that lost its way', wire('REGISTER sip:pbx.example.com SIP/2.0', 'Via: SIP/2.0/UDP 10.0.0.1'), 400],
];
