import type { Reaction } from '../domain/peer-error';
import { PeerError } from '../domain/peer-error';

const nothingToDo = 'Nothing to do: it is tried again by itself.';
const reportBug = 'This looks like a fault of the bridge: please report it with the name of the method.';

/** Every reason that this room gives for a failed request, with what a person should do about it. */
export const mends = {
  // Not yet.
  'portal-budget': 'Nothing to do: the portal’s request limit is used up for the moment.',
  'rate-limited': 'Nothing to do: Bitrix24 asked for fewer requests; they are slowed down.',
  'method-blocked': 'Nothing to do: the run time of this method is used up for some minutes.',
  'portal-overload-block':
    'Bitrix24 has blocked this application or webhook for overload: ask Bitrix24’s support to lift it.',
  'portal-unreachable': 'See that this server can reach the portal’s address and trusts its certificate.',
  'portal-timeout':
    'Nothing to do: Bitrix24 did not answer in time; what became of the request is looked up first.',
  'answer-lost': 'Nothing to do: the connection broke; what became of the request is looked up first.',
  'portal-fault':
    'Nothing to do: Bitrix24 reported a fault of its own; what became of the request is looked up first.',
  'unreadable-answer':
    'See that the address in the connection is the portal’s own; a gateway may stand before it.',
  'unexpected-answer': 'Bitrix24 answered in a form that is not known; if it stays so, please report it.',
  'unknown-refusal':
    'Bitrix24 refused with a text that is not known; what became of the request is looked up first.',
  'portal-redirects': 'The portal’s address has changed: enter the new one in the connection.',
  'store-unreachable': 'MongoDB did not answer, so nothing was sent; see that it runs.',
  'token-expired': nothingToDo,
  'token-being-renewed': nothingToDo,
  'token-server-unreachable': 'See that this server can reach the token server named in the connection.',
  'upload-link-refused': nothingToDo,
  'event-being-bound': nothingToDo,
  'call-not-finished': 'Nothing to do: a recording is attached once the call is finished.',
  'no-record-folder': 'See that the portal’s Drive is on and has room.',
  'attempt-too-late': nothingToDo,
  cancelled: nothingToDo,
  // Refused for good.
  'insecure-address': 'Enter the portal’s address with https.',
  'user-missing': reportBug,
  'user-inactive': 'Map the extension to an active Bitrix24 user and choose an active fallback user.',
  'bad-parameter': reportBug,
  'bad-phone-number': 'The number holds no digits: set the rule “anonymousNumber” of the connection.',
  'bad-recording-name': reportBug,
  'bad-recording-file': 'The recording is not a file that Bitrix24 accepts.',
  'recording-too-large': 'The recording is larger than the portal accepts: attach it by hand.',
  'recording-file-changed': nothingToDo,
  'foreign-upload-address':
    'The portal named an upload address on another host, which is never called: check the portal.',
  'method-not-found':
    'See that the webhook’s address holds the user’s id and that telephony is installed in the portal.',
  'https-required': 'Enter the portal’s address with https.',
  'disk-module-missing': 'Install the Drive module in the portal.',
  'crm-missing': 'Install the CRM module in the portal.',
  'line-exists': nothingToDo,
  'event-bound': nothingToDo,
  'event-not-offered': 'Give the local application the scope telephony and install it again.',
  'handler-address-refused':
    'Set PUBLIC_URL to the https address under which Bitrix24 reaches this server; its host name needs a dot.',
  'no-statistics-right':
    'Give the user behind the webhook or application the right “Call statistics: view” in the telephony rights.',
  'statistics-lack-external-id':
    'This portal’s version cannot look calls up by their outside id: update the portal.',
  // Gone.
  'call-not-found': 'The call is not open in Bitrix24 any more.',
  'line-not-found': 'The line is not known in Bitrix24.',
  // Authorisation.
  'token-refused': 'Install the local application in Bitrix24 again.',
  'credentials-refused': 'Enter a valid webhook address, or install the local application again.',
  'user-dismissed':
    'The user behind the webhook or application is dismissed: make a new one as an active user.',
  'application-removed': 'Install the local application in Bitrix24 again.',
  'application-not-installed':
    'Install the local application in Bitrix24; its initial installation path is this connection’s install address.',
  'reinstall-application': 'Bitrix24 no longer renews the access: install the local application again.',
  'refresh-answer-lost':
    'The answer to a renewal of the access was lost and the old renewal token is dead: install the local application again.',
  'client-secret-refused': 'Enter the client id and client secret of the local application again.',
  'token-server-refused':
    'See that client id, client secret and token address belong to the local application.',
  'insufficient-scope': 'Give the webhook or application the scopes telephony, crm and user.',
  'access-denied': 'Give the user behind the webhook or application the right to do this in Bitrix24.',
  'plan-without-rest':
    'The portal’s plan has no REST: a commercial plan with the Market subscription is needed.',
  'payment-required': 'The portal’s subscription is over: pay it.',
  'wrong-auth-type':
    'This portal takes telephony from applications only: use a local application instead of a webhook.',
  'method-not-confirmed': 'An administrator of the portal must allow this method.',
  'portal-deleted': 'The portal does not exist any more: enter the address of another one.',
} as const;

/** A stable short word for why a request to Bitrix24 failed. */
export type Reason = keyof typeof mends;

/** Makes the error of a reason with its mend. `until`: when the portal is asked again, told with the mend. */
export function bitrix24Error(
  reaction: Reaction,
  reason: Reason,
  { until, ...options }: { retryAfterMs?: number; status?: number; cause?: unknown; until?: Date } = {},
): PeerError {
  const when = until === undefined ? '' : ` It is asked again at ${until.toISOString().slice(0, 19)}Z.`;
  return new PeerError('bitrix24', reaction, reason, { mend: `${mends[reason]}${when}`, ...options });
}

const heldBack: string[] = ['portal-budget', 'portal-overload-block', 'method-blocked'] satisfies Reason[];

/** Whether our own budget of the portal held a request back: nothing was sent, and there is a time to come back. */
export function isHeldBack(error: unknown): error is PeerError {
  return error instanceof PeerError && error.status === null && heldBack.includes(error.reason);
}

/** The error of a refusal that was remembered; a reason of an older version has no mend of its own. */
export function rememberedRefusal(reason: string): PeerError {
  const mend = reason in mends ? mends[reason as Reason] : mends['credentials-refused'];
  return new PeerError('bitrix24', 'authorisation', reason, { mend });
}
