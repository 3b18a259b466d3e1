import type { Connection } from '../domain/connection';
import { threecxError } from './reasons';
import type { PbxAnswer } from './transport';

/** Longer than any honest cookie. */
const maxCookieLength = 8_192;
/** Nobody says how long a session lives; one that is gone is answered with 401 and opened anew. */
export const consoleSessionMs = 3_600_000;

/**
 * Whether the PBX is spoken to through the Management Console of v18: a user logs in, and a session cookie takes the
 * place of the bearer token (3cx.md section 4.7).
 */
export function usesConsole({ threecx: { recordings, auth } }: Pick<Connection, 'threecx'>): boolean {
  return recordings === 'console' && auth.kind === 'user';
}

/** The header that a request is authorised with. */
export function authorisation(connection: Connection, token: string): Record<string, string> {
  return usesConsole(connection) ? { cookie: token } : { authorization: `Bearer ${token}` };
}

/**
 * Reads the answer to a console log-in: the text `AuthSuccess` and a cookie, which comes back as a `Cookie` header has it.
 *
 * @throws {PeerError} `threecx-secret-refused` for every other short text, since nobody knows them all and 3CX blocks an
 * address after a few bad log-ins; `not-json` for what is no answer of the console.
 */
export function readConsoleSession(text: string, { headers }: Pick<PbxAnswer, 'headers'>): string {
  const said = text.trim().replace(/^"|"$/g, '');
  if (said === '' || /^[<{[]/.test(said) || said.length > 200) throw threecxError('not-json');
  if (said !== 'AuthSuccess') throw threecxError('threecx-secret-refused');
  const sent = headers['set-cookie'] ?? [];
  const cookie = (Array.isArray(sent) ? sent : [sent])
    .map((line) => line.split(';', 1)[0]?.trim() ?? '')
    .filter((pair) => /^[\x21-\x3a\x3c\x3e-\x7e]+=[\x21-\x3a\x3c-\x7e]+$/.test(pair))
    .join('; ');
  if (cookie === '' || cookie.length > maxCookieLength) throw threecxError('not-json');
  return cookie;
}
