import type { Context } from 'koa';
import { z } from 'zod';
import { connectionNameSchema } from '../../domain/connection';
import type { Connection } from '../../domain/connection';
import type { Actor, AdminKey, Versioned } from '../../store';

/** Methods of the admin API. `get` answers `HEAD` too. */
export type Method = 'get' | 'put' | 'patch' | 'post' | 'delete';

/**
 * What a key's connection scope must allow: the connection of the path; the whole server (keys with a scope are refused);
 * or nothing, because the handler shows only what the key may see.
 */
export type RouteScope = 'connection' | 'server' | 'filtered';

/** One answer as the document describes it; without `schema` it has no body. */
export interface RouteAnswer {
  description: string;
  schema?: z.ZodType;
  /** `application/json` unless said otherwise. */
  contentType?: string;
  /** Names of headers worth knowing. */
  headers?: string[];
}

/** How a body is read, and how the document describes it. */
export interface RouteBody<B> {
  contentTypes: readonly string[];
  schema: z.ZodType;
  required: boolean;
  /** @throws {HttpProblem} 415, 413, 408, 400 */
  read(ctx: Context): Promise<B>;
}

/** What a handler gets: everything is checked. */
export interface RouteRequest<P, Q, B> {
  params: P;
  query: Q;
  body: B;
  key: AdminKey;
  actor: Actor;
  /** Undefined: the change is unconditional. */
  ifMatch: string | undefined;
}

/** The connection of the path; it exists. */
export interface WithConnection {
  connection: Versioned<Connection>;
}

/** A success; problems are thrown. */
export interface Answer {
  status: number;
  body?: unknown;
  contentType?: string;
  headers?: Record<string, string>;
}

/** What every described operation tells of itself. */
export interface Description {
  method: Method;
  /** As in OpenAPI, parameters in braces; below `/api/v1` for a route of the admin API, else from the root. */
  path: string;
  /** `operationId` of the document; unique. */
  id: string;
  tag: string;
  summary: string;
  description?: string;
  answers: Record<number, RouteAnswer>;
}

/** A route as data: mounted, described and tested from here. */
export interface Route extends Description {
  scope: RouteScope;
  /** Changes nothing, so that a viewer may ask; every GET does. */
  reads: boolean;
  /** Honours `If-Match`. */
  conditional: boolean;
  params: z.ZodObject;
  query: z.ZodObject;
  body: RouteBody<unknown> | null;
  /** The connection of the path must exist, else 404. */
  needsConnection: boolean;
  handle(request: RouteRequest<unknown, unknown, unknown> & Partial<WithConnection>): Promise<Answer>;
}

interface Definition<P extends z.ZodRawShape, Q extends z.ZodRawShape, B, R> extends Description {
  params?: P;
  query?: Q;
  body?: RouteBody<B>;
  /** For a method other than GET that changes nothing. */
  reads?: true;
  /** For a PUT, PATCH or DELETE of something that has no ETag. */
  unconditional?: true;
  handle: (request: R) => Promise<Answer>;
}

type Shape<S extends z.ZodRawShape> = z.output<z.ZodObject<S>>;

const connectionParam = { connection: connectionNameSchema };

/** A route of the whole server, or one that makes its connection. */
export function defineRoute<
  P extends z.ZodRawShape = Record<never, never>,
  Q extends z.ZodRawShape = Record<never, never>,
  B = undefined,
>(definition: Definition<P, Q, B, RouteRequest<Shape<P>, Shape<Q>, B>> & { scope: RouteScope }): Route {
  return finish(definition, definition.scope, false);
}

/** A route of one existing connection; `path` is below `/connections/{connection}`. */
export function defineConnectionRoute<
  P extends z.ZodRawShape = Record<never, never>,
  Q extends z.ZodRawShape = Record<never, never>,
  B = undefined,
>(
  definition: Definition<
    P,
    Q,
    B,
    RouteRequest<Shape<P & typeof connectionParam>, Shape<Q>, B> & WithConnection
  >,
): Route {
  const path = `/connections/{connection}${definition.path}`;
  const params = { ...connectionParam, ...definition.params };
  return finish({ ...definition, path, params }, 'connection', true);
}

function finish<P extends z.ZodRawShape, Q extends z.ZodRawShape, B, R>(
  definition: Definition<P, Q, B, R>,
  scope: RouteScope,
  needsConnection: boolean,
): Route {
  const { params, query, body, handle, reads, unconditional, ...description } = definition;
  const changes = ['put', 'patch', 'delete'].includes(definition.method);
  return {
    ...description,
    scope,
    reads: reads ?? definition.method === 'get',
    conditional: changes && unconditional !== true,
    needsConnection,
    params: z.strictObject(params ?? {}),
    query: z.strictObject(query ?? {}),
    body: (body as RouteBody<unknown> | undefined) ?? null,
    // The runner parses with the schemas beside it, so the handler gets what its type says.
    handle: handle as unknown as Route['handle'],
  };
}
