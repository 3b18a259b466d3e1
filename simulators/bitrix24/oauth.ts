import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Application } from './access';
import { applyAfter, applyBefore } from './fault-effects';
import { memberId } from './event-sender';
import { phpString } from './php';
import type { Params } from './php';
import type { Portal } from './portal';
import { readInput } from './request-body';
import { RestError } from './rest-error';
import { errorAnswer, jsonAnswer, send } from './rest-answer';

/** Name under which faults and the request log know the token server. */
const methodName = 'oauth.token';

/** The token server, `/oauth/token/`, by GET or form POST. Refresh tokens serve once (reference section 2.2). */
export async function handleToken(
  portal: Portal,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const { params } = await readInput(request, url.search, portal.files);
  const entry = portal.log.open(methodName, params, portal.clock.now());
  const early = await applyBefore(portal, request.socket, methodName, params, entry);
  if (early !== undefined) {
    if (early !== null) send(response, early);
    return portal.changes.notify();
  }
  try {
    const body = grant(portal, params);
    entry.executed = true;
    entry.outcome = 'ok';
    entry.status = 200;
    const answer = await applyAfter(portal, request.socket, methodName, params, entry, jsonAnswer(200, body));
    if (answer !== null) send(response, answer);
  } catch (error) {
    if (!(error instanceof RestError)) throw error;
    entry.status = error.status;
    entry.outcome = `error: ${error.code ?? ''} ${error.description}`;
    send(response, errorAnswer(portal, error));
  } finally {
    portal.changes.notify();
  }
}

function grant(portal: Portal, params: Params): Record<string, unknown> {
  if (phpString(params['grant_type']) !== 'refresh_token' || phpString(params['refresh_token']) === '') {
    throw new RestError(400, 'invalid_request', 'An invalid request was made');
  }
  const app = portal.access.applications.find((one) => one.clientId === phpString(params['client_id']));
  if (app === undefined || app.clientSecret !== phpString(params['client_secret'])) {
    throw new RestError(401, 'invalid_client', 'Invalid client');
  }
  if (portal.switches.paymentRequired) throw new RestError(401, 'PAYMENT_REQUIRED', 'Payment required');
  const owner = portal.access.redeem(phpString(params['refresh_token']), app.id);
  if (owner === undefined) throw new RestError(400, 'invalid_grant', 'Invalid grant');
  portal.refreshes += 1;
  return tokenAnswer(portal, app, owner.userId);
}

function tokenAnswer(portal: Portal, app: Application, userId: number): Record<string, unknown> {
  const tokens = portal.access.issue(app.id, userId);
  return {
    access_token: tokens.accessToken,
    expires: Math.floor(tokens.expiresAt / 1000),
    expires_in: 3600,
    scope: app.scopes.join(','),
    domain: 'oauth.stand-in.example',
    server_endpoint: `${portal.origin}/rest/`,
    status: 'L',
    client_endpoint: `${portal.origin}/rest/`,
    member_id: memberId,
    user_id: userId,
    refresh_token: tokens.refreshToken,
  };
}
