import { gzipSync } from 'node:zlib';

/** What a peer answers, whatever it was asked. `endless`: spaces without end; `location` is put behind its own origin. */
export interface PeerAnswer {
  status?: number;
  /** An object goes as JSON, text and bytes as they are. */
  body?: unknown;
  headers?: Record<string, string>;
  endless?: boolean;
}

/** The requests of the portal that the table looks at. */
export type PortalMethod =
  'register' | 'show' | 'finish' | 'findStatistics' | 'searchCrm' | 'users' | 'attachRecord' | 'nameLine';

/** Either how it is reacted to, as `reaction reason`, or what is made of it. */
export type PortalCase = readonly [
  name: string,
  method: PortalMethod,
  answer: PeerAnswer,
  outcome: string | object | null,
];

/** Stands for the address of the portal itself in an answer. */
export const ownOrigin = 'http://OWN.ORIGIN';
/** The secret of the connection, which a portal may echo. */
export const portalSecret = 'canary-secret-of-the-portal';

const result = (value: unknown, status = 200): PeerAnswer => ({ status, body: { result: value } });
const refusal = (error: unknown, text: unknown = '', status = 400): PeerAnswer => ({
  status,
  body: { error, error_description: text },
});
const look = 'ambiguous unexpected-answer';
const again = 'not-yet unexpected-answer';
const unread = 'ambiguous unreadable-answer';
const registered = { CALL_ID: 'externalCall.1' };
const row = {
  ID: '7',
  CALL_ID: 'externalCall.1',
  EXTERNAL_CALL_ID: 'office/1',
  PORTAL_USER_ID: '1',
  RECORD_FILE_ID: null,
  CRM_ACTIVITY_ID: '',
};
const upload = (uploadUrl: unknown): PeerAnswer => result({ uploadUrl, fieldName: 'file' });
const foreign = 'refused foreign-upload-address';
const timed = (reset: unknown): PeerAnswer => ({
  body: { result: registered, time: { operating: 1, operating_reset_at: reset, finish: 1_764_072_000 } },
});

/** B70 to B75: what a portal may answer. */
// prettier-ignore
export const portalAnswers: readonly PortalCase[] = [
  ['B70 a list for a register', 'register', result([]), look],
  ['B70 null for a register', 'register', result(null), look],
  ['B70 true for a register', 'register', result(true), look],
  ['B70 no CALL_ID', 'register', result({}), look],
  ['B70 a CALL_ID of null', 'register', result({ CALL_ID: null }), look],
  ['B70 a CALL_ID that is a number', 'register', result({ CALL_ID: 7 }), look],
  ['B70 a CALL_ID of 10 kB', 'register', result({ CALL_ID: 'x'.repeat(10_240) }), look],
  ['B70 a CALL_ID with a slash', 'register', result({ CALL_ID: 'a/../b' }), look],
  ['B70 a CALL_ID that is a script', 'register', result({ CALL_ID: '<script>' }), look],
  ['B70 an error under 200', 'register', refusal('QUERY_LIMIT_EXCEEDED', '', 200), 'not-yet rate-limited'],
  ['B70 a result under 500', 'register', result(registered, 500), 'ambiguous portal-fault'],
  ['B70 a result under 404', 'register', result(registered, 404), look],
  ['B70 a code that nobody knows', 'register', refusal('BRAND_NEW_CODE', 'text'), 'ambiguous unknown-refusal'],
  ['B70 no code and a text', 'register', refusal('', 'User is not found or is not active'), 'refused user-inactive'],
  ['B70 no code and a text of its own language', 'register', refusal('', 'Пользователь не найден'), 'ambiguous unknown-refusal'],
  ['B70 no code and no text', 'register', refusal(''), 'ambiguous unknown-refusal'],
  ['B70 a code that is an object', 'register', refusal({ code: 1 }, 'x'), 'ambiguous unknown-refusal'],
  ['B70 a code from the prototype', 'register', refusal('constructor'), 'ambiguous unknown-refusal'],
  ['B70 nothing at all', 'register', { body: '' }, unread],
  ['B70 half of it', 'register', { body: '{"result":{"CALL_ID":"extern' }, unread],
  ['B70 a page for people', 'register', { status: 502, body: '<html>Bad gateway</html>' }, 'ambiguous portal-fault'],
  ['B70 a page for people under 200', 'register', { body: '<html>Log in</html>' }, unread],
  ['B70 a list where an answer belongs', 'register', { body: [] }, unread],
  ['B70 a finish of another call', 'finish', result({ ID: '7', CALL_ID: 'externalCall.2' }), look],
  ['B70 a finish of nothing', 'finish', result([]), look],
  ['B70 a finish that says true', 'finish', result(true), look],
  ['B70 a finish with errors that are a list', 'finish', result({ ID: '7', CALL_ID: 'externalCall.1', ERRORS: [] }), { statisticsId: '7', activityFailed: false }],
  ['B70 a finish with errors that are a text', 'finish', result({ ID: 7, ERRORS: 'x' }), { statisticsId: '7' }],
  ['B70 a finish with an id of words', 'finish', result({ ID: 'seven' }), { statisticsId: null }],
  ['B70 a card that answers with a list', 'show', result([]), again],
  ['B70 a card that answers null', 'show', result(null), again],
  ['B70 a file id of nothing', 'attachRecord', result({ FILE_ID: 0 }), again],
  ['B70 an entity that nobody knows', 'searchCrm', result([{ CRM_ENTITY_TYPE: 'DEAL', CRM_ENTITY_ID: 1 }]), again],
  ['B70 an entity without id', 'searchCrm', result([{ CRM_ENTITY_TYPE: 'LEAD' }]), again],
  ['B70 an entity whose name is a list', 'searchCrm', result([{ CRM_ENTITY_TYPE: 'LEAD', CRM_ENTITY_ID: '5', NAME: [] }]), [{ entityId: 5, name: '' }]],
  ['B70 users that are an object', 'users', result({}), again],
  ['B70 a user without id', 'users', result([{ ACTIVE: true }]), again],
  ['B70 pages without end', 'users', { body: { result: [], next: 0 } }, again],
  ['B70 a line that is there, and cannot be changed', 'nameLine', refusal('', 'Line already exists'), 'refused line-exists'],

  ['B71 a limit that ended long ago', 'register', timed(0), { bitrix24CallId: 'externalCall.1' }],
  ['B71 a limit until 2100', 'register', timed(4_102_444_800), { bitrix24CallId: 'externalCall.1' }],
  ['B71 a limit in words', 'register', timed('tomorrow'), { bitrix24CallId: 'externalCall.1' }],
  ['B71 a limit that is an object', 'register', timed({}), { bitrix24CallId: 'externalCall.1' }],
  ['B71 a time that is a text', 'register', { body: { result: registered, time: 'now' } }, { bitrix24CallId: 'externalCall.1' }],
  ['B71 a run time of 10^300', 'register', { body: `{"result":{"CALL_ID":"externalCall.1"},"time":{"operating":1e300,"operating_reset_at":1e300}}` }, { bitrix24CallId: 'externalCall.1' }],
  ['B71 a blocked method', 'register', { status: 429, body: { error: 'OPERATION_TIME_LIMIT', time: { operating_reset_at: 'x' } } }, 'not-yet method-blocked'],
  ['B71 come again in a century', 'register', { status: 429, body: { error: 'QUERY_LIMIT_EXCEEDED' }, headers: { 'retry-after': '3153600000' } }, 'not-yet rate-limited'],
  ['B71 come again yesterday', 'register', { status: 503, body: { error: 'QUERY_LIMIT_EXCEEDED' }, headers: { 'retry-after': 'Mon, 01 Jan 2001 00:00:00 GMT' } }, 'not-yet rate-limited'],

  ['B72 an upload to another host', 'attachRecord', upload('https://evil.example/upload'), foreign],
  ['B72 an upload to this server', 'attachRecord', upload('http://127.0.0.1:3000/api/v1/keys'), foreign],
  ['B72 an upload to the database', 'attachRecord', upload('http://127.0.0.1:27017/'), foreign],
  ['B72 an upload to the cloud’s own address', 'attachRecord', upload('http://169.254.169.254/'), foreign],
  ['B72 an upload to a file', 'attachRecord', upload('file:///etc/passwd'), foreign],
  ['B72 an upload to a name that begins like the portal', 'attachRecord', upload(`${ownOrigin}.evil.example/upload`), foreign],
  ['B72 an upload to a path', 'attachRecord', upload('/upload'), foreign],
  ['B72 an upload with a user', 'attachRecord', upload(ownOrigin.replace('//', '//user@')), foreign],
  ['B72 an upload to a number', 'attachRecord', upload(7), again],

  ['B73 our secret as code', 'register', refusal(portalSecret, 'x'), 'ambiguous unknown-refusal'],
  ['B73 our secret in the text', 'register', refusal('', `Error at /rest/1/${portalSecret}/`), 'ambiguous unknown-refusal'],
  ['B73 our secret in a page', 'finish', { status: 500, body: `<html>${portalSecret}</html>` }, 'ambiguous portal-fault'],
  ['B73 our secret as CALL_ID', 'register', result({ CALL_ID: `/${portalSecret}` }), look],
  ['B73 our secret in a redirect', 'register', { status: 302, headers: { location: `https://evil.example/?${portalSecret}` } }, 'ambiguous portal-redirects'],

  ['B74 a gzip bomb', 'register', { body: gzipSync(Buffer.alloc(50_000_000)), headers: { 'content-encoding': 'gzip' } }, unread],
  ['B74 honest gzip', 'register', { body: gzipSync(JSON.stringify({ result: registered })), headers: { 'content-encoding': 'gzip' } }, unread],
  ['B74 an answer without end', 'register', { endless: true }, unread],
  ['B74 an answer of 50 MB', 'findStatistics', { body: Buffer.alloc(50_000_000, ' ') }, 'not-yet unreadable-answer'],
  ['B74 windows-1251', 'register', { body: Buffer.from([0x7b, 0x22, 0xcf, 0x22, 0x3a, 0x31, 0x7d]) }, unread],
  ['B74 UTF-16', 'register', { body: Buffer.from(JSON.stringify({ result: registered }), 'utf16le') }, unread],
  ['B74 a byte order mark', 'register', { body: `\ufeff${JSON.stringify({ result: registered })}` }, { bitrix24CallId: 'externalCall.1' }],
  ['B74 a redirect to plain HTTP', 'register', { status: 301, headers: { location: 'http://evil.example/' } }, 'ambiguous portal-redirects'],
  ['B74 a redirect to itself', 'findStatistics', { status: 307, headers: { location: '/' } }, 'not-yet portal-redirects'],
  ['B74 200,000 lists in each other', 'register', { body: `{"result":${'['.repeat(200_000)}${']'.repeat(200_000)}}` }, look],

  ['B75 rows of another call', 'findStatistics', result([{ ...row, CALL_ID: 'externalCall.2' }]), null],
  ['B75 rows without end of other calls', 'findStatistics', { body: { result: Array.from({ length: 50 }, (_, at) => ({ ...row, CALL_ID: `other.${at}` })), next: 50, total: 1_000 } }, null],
  ['B75 our row among others', 'findStatistics', result([{ ...row, CALL_ID: 'externalCall.2' }, { ...row, RECORD_FILE_ID: 5 }]), { recordFileId: 5 }],
  ['B75 our row in other letters', 'findStatistics', result([{ ...row, CALL_ID: 'EXTERNALCALL.1' }]), null],
  ['B75 no list', 'findStatistics', result({}), again],
];
