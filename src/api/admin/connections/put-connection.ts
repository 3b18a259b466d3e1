import { randomBytes } from 'node:crypto';
import type { Connection } from '../../../domain/connection';
import type { Actor, PutOutcome, Versioned } from '../../../store';
import { maskConnection } from '../../../store';
import type { ApiDependencies } from '../../dependencies';
import { HttpProblem } from '../../problem';
import { checkConnection } from './check-connection';
import { readOnlyFields } from './connection-schema';
import { keepSchedule } from './keep-schedule';
import { keepSecrets } from './keep-secrets';
import { isObject, mergePatch } from './merge-patch';

type Json = Record<string, unknown>;
type Deps = Pick<ApiDependencies, 'store' | 'connections' | 'settings' | 'reconciler' | 'log'>;

const attempts = 3;

/** Who changes which connection, on what condition. */
export interface ConnectionChange {
  id: string;
  actor: Actor;
  ifMatch: string | undefined;
}

export interface ChangedConnection {
  created: boolean;
  stored: Versioned<Connection>;
  /** A webhook token that the server made because a new connection came without one. */
  madeToken?: string;
}

/**
 * Writes a whole connection; secrets that are absent or masked stay.
 *
 * @throws {HttpProblem} 400 with the fields, 412 when `ifMatch` does not hold.
 */
export async function putConnection(
  deps: Deps,
  change: ConnectionChange,
  body: Json,
): Promise<ChangedConnection> {
  return store(deps, change, (stored) => documentOf(deps, change.id, body, stored, { keepAbsent: true }));
}

/**
 * Merges a patch (RFC 7396) into the connection as it is shown, then checks the whole. `null` removes, secrets too.
 *
 * @throws {HttpProblem} 400 with the fields, 404, 412 when `ifMatch` does not hold.
 */
export async function patchConnection(
  deps: Deps,
  change: ConnectionChange,
  patch: Json,
): Promise<ChangedConnection> {
  return store(deps, change, (stored) => {
    if (stored === null) throw new HttpProblem(404, { detail: 'There is no connection of this name.' });
    const { id: _id, ...shown } = maskConnection(stored);
    const merged = mergePatch(withoutOtherKinds(shown, patch), withoutReadOnly(change.id, patch)) as Json;
    const document = documentOf(deps, change.id, merged, stored, { keepAbsent: false });
    if (document.madeToken === undefined) return document;
    throw new HttpProblem(400, {
      detail: 'The connection does not fit.',
      errors: [{ field: 'webhookTokens', message: 'at least one is needed' }],
    });
  });
}

interface Made {
  connection: Connection;
  madeToken?: string;
}

function documentOf(
  { settings }: Deps,
  id: string,
  body: Json,
  stored: Connection | null,
  options: { keepAbsent: boolean },
): Made {
  const { document, errors } = keepSecrets(withoutReadOnly(id, body), stored, options);
  const { webhookTokens, ...input } = checkConnection(document, settings.forbiddenOrigins, errors);
  const madeToken = webhookTokens === undefined ? randomBytes(24).toString('base64url') : undefined;
  return {
    connection: { ...input, id, webhookTokens: webhookTokens ?? [madeToken!] },
    ...(madeToken === undefined ? {} : { madeToken }),
  };
}

/** What an answer held beside the connection itself may come back; a foreign `id` may not. */
function withoutReadOnly(id: string, body: Json): Json {
  return Object.fromEntries(
    Object.entries(body).filter(
      ([key, value]) => !readOnlyFields.includes(key as never) && !(key === 'id' && value === id),
    ),
  );
}

/** An `auth` of another kind replaces the stored one whole: the fields of two kinds mean nothing together. */
function withoutOtherKinds(shown: Omit<Connection, 'id'>, patch: Json): Json {
  const target = { ...shown } as Json;
  for (const peer of ['threecx', 'bitrix24'] as const) {
    const part = patch[peer];
    const auth = isObject(part) && isObject(part.auth) ? part.auth : null;
    if (auth?.kind !== undefined && auth.kind !== shown[peer].auth.kind)
      target[peer] = { ...shown[peer], auth: {} };
  }
  return target;
}

/** Kept secrets come from what was read, so the write must meet exactly that; looked at anew when it does not. */
async function store(
  deps: Deps,
  { id, actor, ifMatch }: ConnectionChange,
  make: (stored: Connection | null) => Made,
): Promise<ChangedConnection> {
  for (let attempt = 1; ; attempt++) {
    const known = await deps.store.connections.get(id);
    if (ifMatch !== undefined && !holds(ifMatch, known?.etag)) throw stale();
    const { connection, madeToken } = make(known?.value ?? null);
    const put: PutOutcome<Connection> = await deps.store.connections.put(connection, actor, known?.etag);
    if (put.outcome !== 'stale') {
      await deps.connections.refresh();
      await keepSchedule(deps, put.stored.value);
      const made = madeToken === undefined ? {} : { madeToken };
      return { created: put.outcome === 'created', stored: put.stored, ...made };
    }
    if (attempt === attempts) throw stale();
  }
}

function holds(ifMatch: string, etag: string | undefined): boolean {
  return etag !== undefined && (ifMatch === '*' || ifMatch.split(',').some((tag) => tag.trim() === etag));
}

/** The condition of the request does not hold any more. */
export function stale(): HttpProblem {
  return new HttpProblem(412, { detail: 'It was changed meanwhile: read it again and repeat the change.' });
}
