import type { Effect } from './translate-answer';
import { translateAnswer } from './translate-answer';

const method = 'telephony.externalCall.finish';

function translate(
  status: number,
  body: unknown,
  effect: Effect = 'write',
  name = method,
): { reaction: string; reason: string; reach: string | null; retryAfterMs: number | null } | 'ok' {
  const text = typeof body === 'string' || body === null ? body : JSON.stringify(body);
  const translation = translateAnswer({ status, text }, name, effect);
  if (translation.ok) return 'ok';
  const { reaction, reason, retryAfterMs } = translation.error;
  return { reaction, reason, reach: translation.reach, retryAfterMs };
}

const error = (code: string, text = ''): object => ({ error: code, error_description: text });

describe('codes of the whole catalogue', () => {
  const rows: [number, string, string, string, string, string | null][] = [
    [503, 'QUERY_LIMIT_EXCEEDED', 'Too many requests', 'not-yet', 'rate-limited', null],
    [
      429,
      'OPERATION_TIME_LIMIT',
      'Method is blocked due to operation time limit.',
      'not-yet',
      'method-blocked',
      null,
    ],
    [503, 'OVERLOAD_LIMIT', 'REST API is blocked due to overload.', 'not-yet', 'portal-overload-block', null],
    [500, 'INTERNAL_SERVER_ERROR', 'Internal server error', 'ambiguous', 'portal-fault', null],
    [500, 'ERROR_UNEXPECTED_ANSWER', 'x', 'ambiguous', 'portal-fault', null],
    [500, 'ERROR_CORE', 'SQL query error!', 'ambiguous', 'portal-fault', null],
    [200, 'WRONG_ENCODING', 'x', 'ambiguous', 'portal-fault', null],
    [401, 'expired_token', 'The access token provided has expired.', 'not-yet', 'token-expired', null],
    [
      401,
      'invalid_token',
      'Unable to get application by token',
      'authorisation',
      'token-refused',
      'credential',
    ],
    [401, 'NO_AUTH_FOUND', 'Wrong authorization data', 'authorisation', 'credentials-refused', 'credential'],
    [401, 'authorization_error', 'Unable to authorize user', 'authorisation', 'user-dismissed', 'credential'],
    [401, 'APPLICATION_NOT_FOUND', '', 'authorisation', 'application-removed', 'credential'],
    [401, 'ERROR_OAUTH', '', 'authorisation', 'application-removed', 'credential'],
    [
      403,
      'INVALID_CREDENTIALS',
      'Invalid request credentials',
      'authorisation',
      'credentials-refused',
      'credential',
    ],
    [
      401,
      'INVALID_CREDENTIALS',
      'Invalid request credentials',
      'authorisation',
      'credentials-refused',
      'credential',
    ],
    [
      403,
      'insufficient_scope',
      'The request requires higher privileges',
      'authorisation',
      'insufficient-scope',
      'method',
    ],
    [
      401,
      'insufficient_scope',
      'The request requires higher privileges',
      'authorisation',
      'insufficient-scope',
      'method',
    ],
    [403, 'ACCESS_DENIED', 'Access denied!', 'authorisation', 'access-denied', 'method'],
    [
      403,
      'ACCESS_DENIED',
      'Access denied! REST is available only on commercial plans.',
      'authorisation',
      'plan-without-rest',
      'credential',
    ],
    [403, 'ACCESS_DENIED', 'Access denied! Link check failed', 'not-yet', 'upload-link-refused', null],
    [403, 'user_access_error', '', 'authorisation', 'access-denied', 'credential'],
    [
      403,
      'WRONG_AUTH_TYPE',
      'Current authorization type is denied for this method',
      'authorisation',
      'wrong-auth-type',
      'method',
    ],
    [401, 'PAYMENT_REQUIRED', '', 'authorisation', 'payment-required', 'credential'],
    [402, 'PAYMENT_REQUIRED', '', 'authorisation', 'payment-required', 'credential'],
    [401, 'METHOD_CONFIRM_WAITING', '', 'authorisation', 'method-not-confirmed', 'method'],
    [403, 'METHOD_CONFIRM_DENIED', '', 'authorisation', 'method-not-confirmed', 'method'],
    [500, 'PORTAL_DELETED', '', 'authorisation', 'portal-deleted', 'credential'],
    [403, 'PORTAL_DELETED', '', 'authorisation', 'portal-deleted', 'credential'],
    [410, 'PORTAL_DELETED', '', 'authorisation', 'portal-deleted', 'credential'],
    [400, 'INVALID_REQUEST', 'Https required.', 'refused', 'https-required', null],
    [404, 'ERROR_METHOD_NOT_FOUND', 'Method not found!', 'refused', 'method-not-found', null],
    [400, 'ERROR_METHOD_NOT_FOUND', 'Method not found!', 'refused', 'method-not-found', null],
    [400, 'INVALID_ARGUMENT', 'CALL_ID must be a string', 'refused', 'bad-parameter', null],
    [400, 'ERROR_ARGUMENT', 'x', 'refused', 'bad-parameter', null],
    [400, 'INVALID_REQUEST', 'x', 'refused', 'bad-parameter', null],
    [400, 'ERROR_BATCH_METHOD_NOT_ALLOWED', 'x', 'refused', 'bad-parameter', null],
    [400, 'ERROR_BATCH_LENGTH_EXCEEDED', 'Max batch length exceeded', 'refused', 'bad-parameter', null],
    [400, 'ERROR_EVENT_NOT_FOUND', 'Event not found', 'refused', 'event-not-offered', null],
    [400, 'ERROR_WRONG_HANDLER_URL', 'Wrong handler URL', 'refused', 'handler-address-refused', null],
    [
      400,
      'ERROR_UNSUPPORTED_PROTOCOL',
      'Unsupported handler protocol',
      'refused',
      'handler-address-refused',
      null,
    ],
    [401, 'SOMETHING_NEW', '', 'authorisation', 'credentials-refused', 'credential'],
    [403, 'SOMETHING_NEW', '', 'authorisation', 'access-denied', 'method'],
  ];

  it.each(rows)('%i %s "%s" is %s: %s', (status, code, text, reaction, reason, reach) => {
    for (const spelling of [code, code.toUpperCase(), code.toLowerCase()])
      expect(translate(status, error(spelling, text))).toMatchObject({ reaction, reason, reach });
  });

  it('come before the status, which differs between portals', () => {
    for (const status of [200, 400, 401, 403, 500])
      expect(translate(status, error('expired_token'))).toMatchObject({ reason: 'token-expired' });
  });

  it('take a missing right to the statistics for just that', () => {
    const denied = error('ACCESS_DENIED', 'Access denied!');
    expect(translate(403, denied, 'read', 'Voximplant.Statistic.Get')).toMatchObject({
      reaction: 'refused',
      reason: 'no-statistics-right',
      reach: null,
    });
  });

  it('of a manual block are not asked again for a quarter of an hour', () => {
    expect(translate(503, error('OVERLOAD_LIMIT'))).toMatchObject({ retryAfterMs: 900_000 });
  });
});

describe('telephony errors, which only their text tells apart', () => {
  const rows: [string, string, string][] = [
    ['USER_ID or USER_PHONE_INNER should be set', 'refused', 'user-missing'],
    ['User is not found or is not active', 'refused', 'user-inactive'],
    ['Unknown TYPE', 'refused', 'bad-parameter'],
    ['CALL_START_DATE should be in the ISO-8601 format', 'refused', 'bad-parameter'],
    ['Unsupported phone number format', 'refused', 'bad-phone-number'],
    ['Current authorization type is denied for this method', 'authorisation', 'wrong-auth-type'],
    ['Call is not found (call should be registered prior to finishing', 'gone', 'call-not-found'],
    ['Call is not found (call should be registered prior to finishing)', 'gone', 'call-not-found'],
    [
      'Call is not found in the statistic table. Looks like it is not finished yet.',
      'not-yet',
      'call-not-finished',
    ],
    ['Unexpected database error; deadlock', 'ambiguous', 'portal-fault'],
    ['SQL query error!', 'ambiguous', 'portal-fault'],
    ['RECORD_URL contains invalid symbols for UTF-8 encoding', 'refused', 'bad-parameter'],
    [
      'Required parameters are not set. Request should contain or URL or FILENAME parameter',
      'refused',
      'bad-parameter',
    ],
    [
      'Required parameters are not set. Request should contain either URL or FILENAME',
      'refused',
      'bad-parameter',
    ],
    ['File name is empty', 'refused', 'bad-recording-name'],
    ['Wrong file extension. Only wav and mp3 are allowed', 'refused', 'bad-recording-name'],
    ['File content is empty.', 'refused', 'bad-recording-file'],
    ['File content is not properly encoded. Base64 encoding is expected.', 'refused', 'bad-recording-file'],
    ['Server returns HTTP error code 404', 'ambiguous', 'unknown-refusal'],
    ['Unknown error encountered while saving file.', 'ambiguous', 'portal-fault'],
    ['Disk module is not installed', 'refused', 'disk-module-missing'],
    ['Could not create shared folder for call records', 'not-yet', 'no-record-folder'],
    ['CRM is not installed', 'refused', 'crm-missing'],
    ['CRM is not installed.', 'refused', 'crm-missing'],
    ['Error: required parameter file is not found', 'refused', 'bad-parameter'],
    ['PHONE_NUMBER is empty', 'refused', 'bad-phone-number'],
    ['NUMBER should not be empty', 'refused', 'bad-parameter'],
    ['Line already exists', 'refused', 'line-exists'],
    ['DB error', 'ambiguous', 'portal-fault'],
    ['There are no fields to update', 'refused', 'bad-parameter'],
    ['Could not find line with number 74951234567', 'gone', 'line-not-found'],
    ['CALL_ID must be a string', 'refused', 'bad-parameter'],
    ['CALL_ID should be set', 'refused', 'bad-parameter'],
    ['MESSAGES should be an array', 'refused', 'bad-parameter'],
    ['MESSAGES[0][SIDE] should be either Client or User', 'refused', 'bad-parameter'],
    ['MESSAGES[3][START_TIME] should be greater or equal to zero', 'refused', 'bad-parameter'],
    ['MESSAGES[3][STOP_TIME] should be greater than zero', 'refused', 'bad-parameter'],
    ['MESSAGES[3][MESSAGE] is empty', 'refused', 'bad-parameter'],
    ['Unable to set event handler: Handler already binded', 'refused', 'event-bound'],
    [
      'Unable to set event handler: Process of binding the handler has already started',
      'not-yet',
      'event-being-bound',
    ],
    [
      'Der Dateityp wird nicht unterstützt. Bitte laden Sie eine Audiodatei hoch.',
      'ambiguous',
      'unknown-refusal',
    ],
    ['Call externalCall.1.2 is not found. Is it finished?', 'not-yet', 'call-not-finished'],
    ['Ein Objekt mit diesem Namen ist bereits vorhanden. (DISK_OBJ_22000)', 'ambiguous', 'unknown-refusal'],
    ['', 'ambiguous', 'unknown-refusal'],
  ];

  it.each(rows)('"%s" is %s: %s', (text, reaction, reason) => {
    for (const code of ['', 'ERROR_CORE', 'error_core'])
      expect(translate(400, error(code, text))).toMatchObject({ reaction, reason });
  });

  it('are a matter of trying again when only something was read', () => {
    expect(translate(400, error('', 'Что-то пошло не так'), 'read')).toMatchObject({
      reaction: 'not-yet',
      reason: 'unknown-refusal',
    });
  });
});

describe('answers that are none', () => {
  const page = '<html><body>502 Bad Gateway</body></html>';
  const rows: [string, number, unknown, string][] = [
    ['a page under 502', 502, page, 'portal-fault'],
    ['a page under 504', 504, page, 'portal-fault'],
    ['a page under 503', 503, page, 'portal-fault'],
    ['a page under 200', 200, page, 'unreadable-answer'],
    ['a page under 403', 403, page, 'unreadable-answer'],
    ['nothing', 200, '', 'unreadable-answer'],
    ['half of the JSON', 200, '{"result":{"CALL', 'unreadable-answer'],
    ['bytes that cannot be read', 200, null, 'unreadable-answer'],
    ['an array', 200, [], 'unreadable-answer'],
    ['neither result nor error', 200, { time: {} }, 'unexpected-answer'],
    ['a result under 500', 500, { result: { CALL_ID: 'x' } }, 'portal-fault'],
    ['a result under 400', 400, { result: { CALL_ID: 'x' } }, 'unexpected-answer'],
    ['a redirect', 302, '', 'portal-redirects'],
    ['a redirect with an answer in it', 301, { result: true }, 'portal-redirects'],
    ['an unknown error under 200', 200, error('SOMETHING_NEW', 'x'), 'unknown-refusal'],
    ['an error that is no text', 200, { error: { a: 1 } }, 'unknown-refusal'],
    ['an unknown error under 500', 500, error('SOMETHING_NEW', 'x'), 'portal-fault'],
  ];

  it.each(rows)('%s: a write may have happened, a read is repeated', (_name, status, body, reason) => {
    expect(translate(status, body, 'write')).toMatchObject({ reaction: 'ambiguous', reason, reach: null });
    expect(translate(status, body, 'read')).toMatchObject({ reaction: 'not-yet', reason });
  });

  it('leave no doubt when a gateway refused the request itself', () => {
    expect(translate(429, page)).toMatchObject({ reaction: 'not-yet', reason: 'rate-limited' });
    expect(translate(413, page)).toMatchObject({ reaction: 'refused', reason: 'recording-too-large' });
  });
});

describe('good answers', () => {
  it.each([[true], [false], [null], [[]], [{ CALL_ID: 'x' }]])('have a result, also %j', (result) => {
    expect(translate(200, { result, time: {} })).toBe('ok');
    expect(translate(200, { result, error: '' })).toBe('ok');
  });
});

it('hands on no text of the portal, which may hold a number or our token', () => {
  const translation = translateAnswer(
    { status: 400, text: JSON.stringify(error('', 'canary 79991234567 token')) },
    method,
    'write',
  );
  if (translation.ok) throw new Error('it is an error');
  const { error: thrown } = translation;
  expect(JSON.stringify([thrown, thrown.message, thrown.mend, thrown.stack])).not.toMatch(/canary|7999/);
});
