import { z } from 'zod';
import type { Connection } from '../domain/connection';
import { consoleSessionMs, readConsoleSession, usesConsole } from './console-session';
import { tokenLifeMs } from './jwt-life';
import { threecxError } from './reasons';
import { retryAfterMs } from './retry-after';
import type { PbxAnswer } from './transport';
import { readText } from './transport';
import type { PbxTransports } from './transports';
import { pathUnder } from './transports';

const maxAnswerBytes = 262_144;
const totalTimeoutMs = 15_000;

/** A token just minted; for the console of v18 it is the cookie of the session. */
export interface FreshToken {
  accessToken: string;
  lifeMs: number;
}

const tokenSchema = z.object({
  access_token: z.string().min(1).max(16_384),
  expires_in: z.coerce.number().optional().catch(undefined),
});
const userAnswerSchema = z.object({
  Status: z.string().optional(),
  Token: tokenSchema.nullish(),
  TwoFactorAuth: z.unknown().optional(),
});

/**
 * Logs in once (3cx.md sections 5.1 and 5.2, and 4.7 for the console of v18); whoever calls it makes sure that nobody else does at the same time.
 *
 * @throws {PeerError} `threecx-secret-refused` after any 400 or 401: it must not be tried again with the same secret.
 */
export async function logIn(
  transports: PbxTransports,
  connection: Connection,
  now: () => Date,
): Promise<FreshToken> {
  const { auth } = connection.threecx;
  const asUser = auth.kind === 'user';
  const toConsole = usesConsole(connection);
  const answer = await transports.for(connection).send({
    method: 'POST',
    path: pathUnder(connection, logInPath(connection)),
    totalTimeoutMs,
    headers: {
      accept: toConsole ? 'text/plain, */*;q=0.5' : 'application/json',
      'content-type': asUser ? 'application/json' : 'application/x-www-form-urlencoded',
    },
    body: asUser
      ? JSON.stringify({
          Username: auth.username,
          Password: auth.password,
          ...(toConsole ? {} : { SecurityCode: '' }),
        })
      : form(auth.kind === 'client-credentials' ? auth : { clientId: '', clientSecret: '' }),
  });
  const text = await readText(answer, maxAnswerBytes);
  throwRefusal(answer, toConsole);
  if (toConsole) return { accessToken: readConsoleSession(text, answer), lifeMs: consoleSessionMs };
  const { access_token: accessToken, expires_in: expiresIn } = asUser ? userToken(text) : clientToken(text);
  return { accessToken, lifeMs: tokenLifeMs(accessToken, expiresIn, now()) };
}

function form({ clientId, clientSecret }: { clientId: string; clientSecret: string }): string {
  return new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
  }).toString();
}

function logInPath(connection: Connection): string {
  if (usesConsole(connection)) return '/api/login';
  return connection.threecx.auth.kind === 'user' ? '/webclient/api/Login/GetAccessToken' : '/connect/token';
}

function throwRefusal({ status, headers }: PbxAnswer, toConsole: boolean): void {
  if (status < 300) return;
  if (status === 400 || status === 401) throw threecxError('threecx-secret-refused', { status });
  if (status === 403) throw threecxError('threecx-address-blocked', { status });
  if (status === 404 || status === 405) {
    throw threecxError(toConsole ? 'console-missing' : 'token-endpoint-missing', { status });
  }
  throw threecxError('pbx-busy', { status, retryAfterMs: retryAfterMs(headers) });
}

function clientToken(text: string): z.infer<typeof tokenSchema> {
  const parsed = tokenSchema.safeParse(parseJson(text));
  if (!parsed.success) throw threecxError('not-json');
  return parsed.data;
}

/** A bad password may come with status 200, a second factor always does. */
function userToken(text: string): z.infer<typeof tokenSchema> {
  const parsed = userAnswerSchema.safeParse(parseJson(text));
  if (!parsed.success) throw threecxError('not-json');
  const { Status: status, Token: token, TwoFactorAuth: secondFactor } = parsed.data;
  if (status === 'AuthSuccess' && token != null) return token;
  throw threecxError(secondFactor == null ? 'threecx-secret-refused' : 'threecx-second-factor');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw threecxError('not-json', { cause });
  }
}
