import { X509Certificate } from 'node:crypto';
import path from 'node:path';
import { SECRET_MASK, connectionInputSchema } from '../../../domain/connection';
import type { Connection, ConnectionInput } from '../../../domain/connection';
import { HttpProblem } from '../../problem';
import type { FieldError } from '../../problem';
import { fieldErrors } from '../field-errors';
import { plainWords } from '../plain-words';
import { addressProblem, hostAndPortProblem } from './check-address';

/**
 * Checks a whole connection: its form, its addresses, and what belongs together.
 *
 * @param forbidden `host:port` of our own servers.
 * @param found problems known already.
 * @throws {HttpProblem} 400 with every field that does not fit.
 */
export function checkConnection(
  document: unknown,
  forbidden: readonly string[],
  found: FieldError[] = [],
): ConnectionInput {
  const parsed = connectionInputSchema.safeParse(document, { error: plainWords });
  const errors = parsed.success ? meaningErrors(parsed.data, forbidden) : fieldErrors(parsed.error);
  const all = [...found, ...errors.filter((error) => !found.some(({ field }) => field === error.field))];
  if (!parsed.success || all.length > 0)
    throw new HttpProblem(400, { detail: 'The connection does not fit.', errors: all });
  return parsed.data;
}

function meaningErrors(input: ConnectionInput, forbidden: readonly string[]): FieldError[] {
  const { threecx, bitrix24, webhookTokens = [] } = input;
  const checks: [field: string, problem: string | null][] = [
    ['threecx.baseUrl', addressProblem(threecx.baseUrl, forbidden)],
    [
      'threecx.sbcAddress',
      threecx.sbcAddress === undefined ? null : hostAndPortProblem(threecx.sbcAddress, forbidden),
    ],
    ['threecx.caCertificate', certificateProblem(threecx.caCertificate)],
    ['threecx.folder', folderProblem(threecx)],
    ['threecx.auth.kind', consoleAuthProblem(threecx)],
    [
      'threecx.callControl',
      threecx.recordings === 'console' && threecx.callControl
        ? 'is not to be had from a v18 (console)'
        : null,
    ],
    [
      'threecx.recordingsPath',
      threecx.recordingsPath.split('/').includes('..')
        ? 'must not lead upwards'
        : threecx.recordingsPath.startsWith('//')
          ? 'must not begin with two slashes'
          : null,
    ],
    ...webhookTokens.map((token, index): [string, string | null] => [
      `webhookTokens.${index}`,
      tokenProblem(token),
    ]),
    [
      'webhookTokens',
      new Set(webhookTokens).size < webhookTokens.length ? 'must differ from each other' : null,
    ],
  ];
  if (bitrix24.auth.kind === 'webhook') {
    checks.push(['bitrix24.auth.url', webhookProblem(bitrix24.auth.url, forbidden)]);
  } else {
    checks.push(['bitrix24.auth.portalUrl', addressProblem(bitrix24.auth.portalUrl, forbidden)]);
    checks.push(['bitrix24.auth.tokenUrl', addressProblem(bitrix24.auth.tokenUrl, forbidden)]);
  }
  return checks.flatMap(([field, message]) => (message === null ? [] : [{ field, message }]));
}

/** bitrix24.md section 1: an incoming webhook is `https://portal/rest/{user}/{secret}/`. */
function webhookProblem(url: string, forbidden: readonly string[]): string | null {
  const problem = addressProblem(url, forbidden);
  if (problem !== null) return problem;
  return /\/rest\/[1-9]\d*\/[^/]+\/?$/.test(new URL(url).pathname)
    ? null
    : 'must be an incoming webhook such as https://portal.bitrix24.com/rest/1/secret/';
}

/** 3CX sends it in a header or an address, so only what both can carry; the mask itself would be no secret. */
function tokenProblem(token: string): string | null {
  if (token === SECRET_MASK) return 'no secret is stored that could be kept';
  return /^[\x21-\x7e]+$/.test(token) ? null : 'must be visible ASCII without spaces';
}

function certificateProblem(pem: string | undefined): string | null {
  if (pem === undefined) return null;
  try {
    new X509Certificate(pem);
    return null;
  } catch {
    return 'must be a certificate in PEM';
  }
}

/** The console of v18 knows users only. */
function consoleAuthProblem({ recordings, auth }: Connection['threecx']): string | null {
  return recordings === 'console' && auth.kind !== 'user'
    ? 'must be user when recordings come from the console'
    : null;
}

function folderProblem({ recordings, folder }: Connection['threecx']): string | null {
  if (recordings === 'folder' && folder === undefined) return 'is needed when recordings come from a folder';
  return folder === undefined || path.isAbsolute(folder) ? null : 'must be an absolute path';
}
