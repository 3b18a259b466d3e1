import { z } from 'zod';
import type { PeerError } from '../domain/peer-error';
import { verdictOfCode, verdictOfStatus } from './error-codes';
import { post } from './http-exchange';
import type { RawAnswer } from './http-exchange';
import { bitrix24Error } from './reasons';
import type { Reason } from './reasons';

/** A pair of tokens; the refresh token serves once. */
export interface TokenPair {
  accessToken: string;
  refreshToken: string;
  /** ISO 8601. */
  expiresAt: string;
}

export interface RenewalRequest {
  tokenUrl: string;
  clientId: string;
  clientSecret: string;
  refreshToken: string;
  timeoutMs: number;
}

const token = z.string().min(1).max(4096);
const answerSchema = z.looseObject({
  access_token: token,
  refresh_token: token,
  expires_in: z.coerce.number().positive().max(31_536_000).catch(3_600),
});
const errorSchema = z.looseObject({ error: z.string() });

const reasons: Record<string, Reason> = {
  invalid_grant: 'reinstall-application',
  invalid_request: 'reinstall-application',
  invalid_token: 'reinstall-application',
  expired_token: 'reinstall-application',
  invalid_client: 'client-secret-refused',
};

/**
 * Asks the token server for a new pair, once (`bitrix24.md` section 2.2). The fields go as a form, so that the secret
 * stays out of the logs of proxies.
 *
 * @throws PeerError: `not-yet` when nothing was renewed, `ambiguous` when the answer was lost and the refresh token may be
 *   used up, `authorisation` when the token server refuses for good.
 */
export async function renewTokens(request: RenewalRequest, now: Date): Promise<TokenPair> {
  const raw = await post({
    url: tokenAddress(request.tokenUrl),
    contentType: 'application/x-www-form-urlencoded',
    body: new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: request.clientId,
      client_secret: request.clientSecret,
      refresh_token: request.refreshToken,
    }).toString(),
    timeoutMs: request.timeoutMs,
    effect: 'write',
  });
  const body = parse(raw);
  const answer = answerSchema.safeParse(body);
  if (raw.status === 200 && answer.success)
    return {
      accessToken: answer.data.access_token,
      refreshToken: answer.data.refresh_token,
      expiresAt: new Date(now.getTime() + answer.data.expires_in * 1000).toISOString(),
    };
  throw renewalError(raw, errorSchema.safeParse(body).data?.error);
}

function renewalError({ status, retryAfterMs }: RawAnswer, code: string | undefined): PeerError {
  const verdict = code === undefined ? undefined : verdictOfCode(code, '', 'oauth.token');
  const known = code === undefined ? undefined : reasons[code.toLowerCase()];
  const isLimit =
    status === 408 || status === 429 || (known === undefined && verdict?.reaction === 'not-yet');
  if (isLimit)
    return bitrix24Error('not-yet', 'token-server-unreachable', {
      status,
      retryAfterMs: retryAfterMs ?? verdict?.retryAfterMs ?? verdictOfStatus(status)?.retryAfterMs,
    });
  if (code === undefined) {
    // A page of a gateway in front of the token server, or half an answer of it.
    const reaction = status >= 300 && status < 500 ? 'not-yet' : 'ambiguous';
    return bitrix24Error(reaction, 'token-server-unreachable', { status, retryAfterMs });
  }
  // A fault of its own may come under any status.
  if (status >= 500 || (known === undefined && verdict?.reaction === 'unclear'))
    return bitrix24Error('not-yet', 'token-server-unreachable', { status, retryAfterMs });
  return bitrix24Error('authorisation', known ?? verdict?.reason ?? 'token-server-refused', { status });
}

function tokenAddress(text: string): URL {
  try {
    return new URL(text);
  } catch {
    throw bitrix24Error('authorisation', 'token-server-refused');
  }
}

function parse(raw: RawAnswer): unknown {
  try {
    return raw.text === null ? null : JSON.parse(raw.text);
  } catch {
    return null;
  }
}
