import type { Reaction } from '../domain/peer-error';
import type { Reason } from './reasons';

/** How to react to an error, and how far a refusal reaches. */
export interface Verdict {
  /** `unclear`: a read is simply repeated, a write may have been executed. */
  reaction: Exclude<Reaction, 'ambiguous'> | 'unclear';
  reason: Reason;
  /** `credential`: every request would be refused alike; `method`: only this method. */
  reach?: 'credential' | 'method';
  retryAfterMs?: number;
}

const quarterHourMs = 15 * 60_000;

const authorisation = (reason: Reason, reach: Verdict['reach'] = 'credential'): Verdict => ({
  reaction: 'authorisation',
  reason,
  reach,
});
const badParameter: Verdict = { reaction: 'refused', reason: 'bad-parameter' };
const portalFault: Verdict = { reaction: 'unclear', reason: 'portal-fault' };

/** Codes of `bitrix24.md` section 4 in capitals; the portal's letter case varies. */
const verdicts: Record<string, Verdict> = {
  QUERY_LIMIT_EXCEEDED: { reaction: 'not-yet', reason: 'rate-limited', retryAfterMs: 1_000 },
  OPERATION_TIME_LIMIT: { reaction: 'not-yet', reason: 'method-blocked' },
  OVERLOAD_LIMIT: { reaction: 'not-yet', reason: 'portal-overload-block', retryAfterMs: quarterHourMs },
  INTERNAL_SERVER_ERROR: portalFault,
  ERROR_UNEXPECTED_ANSWER: portalFault,
  WRONG_ENCODING: portalFault,
  EXPIRED_TOKEN: { reaction: 'not-yet', reason: 'token-expired' },
  INVALID_TOKEN: authorisation('token-refused'),
  NO_AUTH_FOUND: authorisation('credentials-refused'),
  AUTHORIZATION_ERROR: authorisation('user-dismissed'),
  APPLICATION_NOT_FOUND: authorisation('application-removed'),
  ERROR_OAUTH: authorisation('application-removed'),
  INVALID_CREDENTIALS: authorisation('credentials-refused'),
  INSUFFICIENT_SCOPE: authorisation('insufficient-scope', 'method'),
  INVALID_SCOPE: authorisation('insufficient-scope', 'method'),
  ACCESS_DENIED: authorisation('access-denied', 'method'),
  USER_ACCESS_ERROR: authorisation('access-denied'),
  WRONG_AUTH_TYPE: authorisation('wrong-auth-type', 'method'),
  PAYMENT_REQUIRED: authorisation('payment-required'),
  METHOD_CONFIRM_WAITING: authorisation('method-not-confirmed', 'method'),
  METHOD_CONFIRM_DENIED: authorisation('method-not-confirmed', 'method'),
  PORTAL_DELETED: authorisation('portal-deleted'),
  ERROR_METHOD_NOT_FOUND: { reaction: 'refused', reason: 'method-not-found' },
  ERROR_EVENT_NOT_FOUND: { reaction: 'refused', reason: 'event-not-offered' },
  ERROR_WRONG_HANDLER_URL: { reaction: 'refused', reason: 'handler-address-refused' },
  ERROR_UNSUPPORTED_PROTOCOL: { reaction: 'refused', reason: 'handler-address-refused' },
  INVALID_ARGUMENT: badParameter,
  ERROR_ARGUMENT: badParameter,
};

/** Statuses whose meaning is plain even under a code that is not known. */
const verdictsByStatus: Record<number, Verdict> = {
  401: authorisation('credentials-refused'),
  402: authorisation('payment-required'),
  403: authorisation('access-denied', 'method'),
  410: authorisation('portal-deleted'),
  413: { reaction: 'refused', reason: 'recording-too-large' },
  429: { reaction: 'not-yet', reason: 'rate-limited', retryAfterMs: 10_000 },
};

/** What a code means; undefined: not a code that is known. The code comes first, for statuses differ between portals. */
export function verdictOfCode(code: string, description: string, method: string): Verdict | undefined {
  const name = code.toUpperCase();
  if (name === 'ACCESS_DENIED') return accessDenied(description, method);
  if (name === 'INVALID_REQUEST')
    return /https/i.test(description) ? { reaction: 'refused', reason: 'https-required' } : badParameter;
  if (name.startsWith('ERROR_BATCH')) return badParameter;
  return Object.hasOwn(verdicts, name) ? verdicts[name] : undefined;
}

/** What a status alone says. */
export function verdictOfStatus(status: number): Verdict | undefined {
  return verdictsByStatus[status];
}

/** One code for three things: the plan, a used-up upload link, and a right of the acting user. */
function accessDenied(description: string, method: string): Verdict {
  if (/commercial plan/i.test(description)) return authorisation('plan-without-rest');
  if (/link check failed/i.test(description)) return { reaction: 'not-yet', reason: 'upload-link-refused' };
  if (method.toLowerCase() === 'voximplant.statistic.get')
    return { reaction: 'refused', reason: 'no-statistics-right' };
  return authorisation('access-denied', 'method');
}
