import type { Pbx } from './pbx';
import { Refusal } from './pbx-request';
import type { PbxRequest } from './pbx-request';
import { isSince } from './switches';
import { clientOwner, userOwner } from './tokens';
import type { TokenOwner } from './tokens';
import { emptyAnswer, jsonAnswer } from './wire';
import type { WireAnswer } from './wire';

/** `POST /connect/token`: client credentials for a token of 60 minutes (3cx.md 5.1). */
export async function handleToken(pbx: Pbx, request: PbxRequest): Promise<WireAnswer> {
  if (request.method !== 'POST') throw new Refusal(emptyAnswer(405, { allow: 'POST' }), 'method');
  const form = await readForm(request);
  if (form === null) throw oauthError('invalid_request', 'The content type must be a form.');
  if (form.get('grant_type') !== 'client_credentials') throw oauthError('unsupported_grant_type');
  const client = pbx.directory.apiClients.find(
    (one) => one.clientId === form.get('client_id') && one.clientSecret === form.get('client_secret'),
  );
  if (client === undefined) {
    pbx.blocklist.fail(request.remoteAddress, pbx.switches.allowedFailures);
    throw oauthError('invalid_client', 'Client authentication failed.');
  }
  return jsonAnswer(200, grant(pbx, clientOwner(client)), { 'cache-control': 'no-store' });
}

/** `POST /webclient/api/Login/GetAccessToken`: a user's log-in (3cx.md 5.2). */
export function handleUserLogin(pbx: Pbx, request: PbxRequest): WireAnswer {
  if (request.method !== 'POST') throw new Refusal(emptyAnswer(405, { allow: 'POST' }), 'method');
  const fields = readJsonObject(request);
  if (fields === null) throw new Refusal(emptyAnswer(400), 'body');
  const user = pbx.directory.extensions.find(
    (one) => one.number === fields['Username'] || (one.email !== null && one.email === fields['Username']),
  );
  if (user === undefined || user.password === null || user.password !== fields['Password']) {
    pbx.blocklist.fail(request.remoteAddress, pbx.switches.allowedFailures);
    const answer = { Status: 'AuthFailed', Token: null, TwoFactorAuth: null };
    throw new Refusal(jsonAnswer(pbx.switches.authFailedStatus, answer), 'AuthFailed');
  }
  if (user.twoFactor) {
    const answer = { Status: 'AuthFailed', Token: null, TwoFactorAuth: { Type: 'GoogleAuthenticator' } };
    throw new Refusal(jsonAnswer(200, answer), 'second factor');
  }
  const Token = grant(pbx, userOwner(user));
  return jsonAnswer(200, { Status: 'AuthSuccess', Token, TwoFactorAuth: null });
}

function grant(pbx: Pbx, owner: TokenOwner): Record<string, unknown> {
  const { tokenLifetimeMs, expiresIn } = pbx.switches;
  const seconds = expiresIn === 'version' ? isSince(pbx.switches, '20.0.9') : expiresIn === 'seconds';
  return {
    token_type: 'Bearer',
    expires_in: Math.floor(tokenLifetimeMs / (seconds ? 1_000 : 60_000)),
    access_token: pbx.tokens.mint(owner, pbx.origin, pbx.clock.now(), tokenLifetimeMs),
    refresh_token: null,
  };
}

function oauthError(error: string, description?: string): Refusal {
  const body = { error, ...(description !== undefined && { error_description: description }) };
  return new Refusal(jsonAnswer(400, body), error);
}

async function readForm(request: PbxRequest): Promise<Map<string, string> | null> {
  const type = request.headers['content-type'] ?? '';
  if (!/^(application\/x-www-form-urlencoded|multipart\/form-data)\s*(;|$)/i.test(type)) return null;
  try {
    const form = await new Response(new Uint8Array(request.body), {
      headers: { 'content-type': type },
    }).formData();
    const out = new Map<string, string>();
    form.forEach((value, name) => {
      if (typeof value === 'string') out.set(name, value);
    });
    return out;
  } catch {
    return null;
  }
}

function readJsonObject(request: PbxRequest): Record<string, unknown> | null {
  if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '')) return null;
  try {
    const value: unknown = JSON.parse(request.body.toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
