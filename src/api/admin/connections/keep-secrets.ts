import { SECRET_MASK } from '../../../domain/connection';
import type { Connection } from '../../../domain/connection';
import { mapSecrets } from '../../../store';
import type { FieldError } from '../../problem';
import { isObject } from './merge-patch';

type Json = Record<string, unknown>;

/** A body with stored secrets in the places of masked (and, on PUT, absent) ones, and the masks that hide nothing. */
export interface Unmasked {
  document: Json;
  errors: FieldError[];
}

/**
 * Puts stored secrets back where the body holds `***`, and, when `keepAbsent`, where it holds nothing. An `auth` of another
 * kind than the stored one keeps nothing: the two have no field in common.
 *
 * @param stored null when the connection is new.
 */
export function keepSecrets(
  body: Json,
  stored: Connection | null,
  options: { keepAbsent: boolean },
): Unmasked {
  const document = structuredClone(body);
  const known = stored === null ? new Map<string, string>() : secretsOf(stored);
  if (stored !== null && options.keepAbsent) fillIn(document, stored);
  const errors: FieldError[] = [];
  const tokens = document.webhookTokens;
  if (Array.isArray(tokens)) document.webhookTokens = keepTokens(tokens, stored?.webhookTokens ?? []);
  const kept = mapSecrets(document, (secret, path) => {
    if (secret !== SECRET_MASK) return secret;
    const secretThere = sameKind(document, stored, path) ? known.get(path) : undefined;
    if (secretThere !== undefined) return secretThere;
    errors.push({ field: path, message: 'no secret is stored that could be kept' });
    return secret;
  });
  return { document: kept, errors };
}

/** Masks keep the token of their place; a mask beyond the stored ones keeps the first that is not yet kept. */
function keepTokens(tokens: unknown[], stored: string[]): unknown[] {
  const free = new Set(stored);
  const placed = tokens.map((token, index) => {
    if (token !== SECRET_MASK || stored[index] === undefined) return token;
    free.delete(stored[index]);
    return stored[index];
  });
  return placed.map((token) => {
    if (token !== SECRET_MASK) return token;
    const [first] = free;
    free.delete(first ?? '');
    return first ?? token;
  });
}

function secretsOf(connection: Connection): Map<string, string> {
  const secrets = new Map<string, string>();
  mapSecrets(connection, (secret, path) => {
    secrets.set(path, secret);
    return secret;
  });
  return secrets;
}

/** Secrets that the body does not mention stay. */
function fillIn(document: Json, stored: Connection): void {
  document.webhookTokens ??= [...stored.webhookTokens];
  for (const peer of ['threecx', 'bitrix24'] as const) {
    const given = authOf(document, peer);
    const auth = stored[peer].auth as Json & { kind: string };
    if (given === null || given.kind !== auth.kind) continue;
    for (const name of ['clientSecret', 'password', 'token', 'url', 'applicationToken', 'tokens'])
      if (!(name in given) && auth[name] !== undefined) given[name] = structuredClone(auth[name]);
    if (isObject(given.tokens) && isObject(auth.tokens)) given.tokens = { ...auth.tokens, ...given.tokens };
  }
}

function sameKind(document: Json, stored: Connection | null, path: string): boolean {
  const peer = path.split('.')[0];
  if (peer !== 'threecx' && peer !== 'bitrix24') return true;
  return authOf(document, peer)?.kind === stored?.[peer].auth.kind;
}

function authOf(document: Json, peer: 'threecx' | 'bitrix24'): Json | null {
  const part = document[peer];
  return isObject(part) && isObject(part.auth) ? part.auth : null;
}
