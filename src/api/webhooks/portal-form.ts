import { createHash, timingSafeEqual } from 'node:crypto';
import type { Context } from 'koa';
import type { Connection } from '../../domain/connection';
import { HttpProblem } from '../problem';
import { readBody, requireMediaType } from '../request-body';
import { parseForm, toFields } from './form';

type ApplicationAuth = Extract<Connection['bitrix24']['auth'], { kind: 'application' }>;

/** The application behind a connection. @throws {HttpProblem} 404 when it uses an incoming webhook instead. */
export function applicationOf(connection: Connection): ApplicationAuth {
  const { auth } = connection.bitrix24;
  if (auth.kind === 'application') return auth;
  throw new HttpProblem(404, {
    detail: 'This connection is no application in Bitrix24.',
    errors: [{ field: 'connection', message: 'is no application' }],
  });
}

/** What Bitrix24 posts: a form with names such as `auth[application_token]`, read flat. @throws {HttpProblem} */
export async function readPortalForm(ctx: Context): Promise<(name: string) => string | null> {
  requireMediaType(ctx, ['application/x-www-form-urlencoded']);
  const body = await readBody(ctx, { limitBytes: 65_536, timeoutMs: 5_000 });
  const fields = toFields(parseForm(body.toString('latin1')));
  return (name) => {
    const value = fields[name];
    return typeof value === 'string' && value !== '' ? value : null;
  };
}

/** Compares two secrets in constant time; an absent one equals nothing. */
export function sameSecret(sent: string | null, known: string | null | undefined): boolean {
  if (sent === null || known == null || known === '') return false;
  return timingSafeEqual(digestOf(sent), digestOf(known));
}

/** One answer for every reason; the log says which. */
export function notOurPortal(): HttpProblem {
  return new HttpProblem(401, {
    detail: 'This does not come from the portal of this connection.',
    errors: [{ field: 'auth', message: 'does not belong to this connection' }],
    headers: { 'WWW-Authenticate': 'ApplicationToken' },
  });
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
