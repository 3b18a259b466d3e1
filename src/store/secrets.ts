import type { Connection } from '../domain/connection';
import { SECRET_MASK } from '../domain/connection';

/** Where a connection keeps secrets; the one list that sealing, masking and keeping of secrets go by. */
const secretPaths: string[][] = [
  ['threecx', 'auth', 'clientSecret'],
  ['threecx', 'auth', 'password'],
  ['threecx', 'auth', 'token'],
  ['bitrix24', 'auth', 'url'],
  ['bitrix24', 'auth', 'clientSecret'],
  ['bitrix24', 'auth', 'applicationToken'],
  ['bitrix24', 'auth', 'tokens', 'accessToken'],
  ['bitrix24', 'auth', 'tokens', 'refreshToken'],
];

/** A deep copy with every secret put through `change`; `path` is dotted. Absent secrets stay absent. */
export function mapSecrets<T extends object>(
  document: T,
  change: (secret: string, path: string) => string,
): T {
  const copy = structuredClone(document) as Record<string, unknown>;
  for (const path of secretPaths) {
    const parent = path
      .slice(0, -1)
      .reduce<unknown>((node, key) => (isObject(node) ? node[key] : undefined), copy);
    const key = path.at(-1)!;
    if (isObject(parent) && typeof parent[key] === 'string')
      parent[key] = change(parent[key], path.join('.'));
  }
  if (Array.isArray(copy.webhookTokens))
    copy.webhookTokens = copy.webhookTokens.map((token: string, index) =>
      change(token, `webhookTokens.${index}`),
    );
  return copy as T;
}

const excludedPath = 'rules.excludedNumbers';

/** As {@link mapSecrets}, with what else is sealed at rest: numbers of persons whose calls are not sent. */
export function mapSealed<T extends object>(document: T, change: (value: string, path: string) => string): T {
  const copy = mapSecrets(document, change) as T & { rules?: { excludedNumbers?: string[] } };
  if (copy.rules?.excludedNumbers !== undefined)
    copy.rules.excludedNumbers = copy.rules.excludedNumbers.map((number, index) =>
      change(number, `${excludedPath}.${index}`),
    );
  return copy;
}

/** Whether a value at this path may stand in clear: older versions sealed secrets only. */
export function mayBeClear(path: string): boolean {
  return path.startsWith(excludedPath);
}

/** The connection as the audit trail keeps it for years: without secrets, and numbers down to their last digits. */
export function auditedConnection(connection: Connection): Connection {
  return mapSealed(connection, (value, path) => (mayBeClear(path) ? `…${value.slice(-2)}` : SECRET_MASK));
}

/** The connection as it may be shown: every secret is the mask. */
export function maskConnection(connection: Connection): Connection {
  return mapSecrets(connection, () => SECRET_MASK);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
