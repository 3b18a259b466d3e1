import { TemporalUnreachable } from '../../src/api/call-gateway';
import type { ApiDependencies } from '../../src/api/dependencies';
import type { Route } from '../../src/api/admin/route';
import { adminRoutes } from '../../src/api/admin/routes';
import { problemSchema } from '../../src/api/admin/problem-schema';
import type { CallView } from '../../src/domain/call-view';
import type { ApiLab } from './api-lab';
import { FakeGateway, openApiLab } from './api-lab';

/** A fake Temporal that also tells of calls. `state` other than `up` makes it unreachable. */
export class TellingGateway extends FakeGateway {
  /** Live views, by workflow id. */
  readonly views = new Map<string, CallView>();
  /** Workflows known to Temporal; those without a view have no worker. */
  readonly statuses = new Map<string, 'open' | 'closed'>();
  readonly retried: string[] = [];
  readonly forgotten: string[] = [];

  override async view(workflowId?: string): Promise<CallView | null> {
    return this.state === 'up' ? (this.views.get(workflowId ?? '') ?? null) : null;
  }

  override async retry(workflowId?: string): Promise<'signalled' | 'closed'> {
    if (this.state !== 'up') throw new TemporalUnreachable('Temporal is away');
    if (this.statuses.get(workflowId ?? '') !== 'open') return 'closed';
    this.retried.push(workflowId ?? '');
    return 'signalled';
  }

  override async status(workflowId?: string): Promise<'open' | 'closed' | null> {
    if (this.state !== 'up') throw new TemporalUnreachable('Temporal is away');
    return this.statuses.get(workflowId ?? '') ?? null;
  }

  override async forget(workflowId?: string): Promise<'forgotten' | 'open' | 'unknown'> {
    if (this.state !== 'up') throw new TemporalUnreachable('Temporal is away');
    this.forgotten.push(workflowId ?? '');
    return 'forgotten';
  }
}

/** What is sent beside method and path. */
export interface Sending {
  /** Undefined: the lab's unlimited admin key; null: none. */
  key?: string | null;
  /** An object goes as JSON, text and bytes as they are. */
  body?: unknown;
  headers?: Record<string, string>;
}

/** An answer, read. */
export interface Answered {
  status: number;
  /** Parsed when it is JSON. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into answers of every shape
  body: any;
  text: string;
  headers: Headers;
}

export interface AdminLab extends Omit<ApiLab, 'gateway'> {
  gateway: TellingGateway;
  routes: Route[];
  keys: {
    admin: string;
    viewer: string;
    /** Admin, for the connection `office` only. */
    office: string;
    officeViewer: string;
    /** Admin, for the connection `elsewhere` only. */
    elsewhere: string;
  };
  /** Asks below `/api/v1` and checks that the answer is one that the document promises. */
  ask(method: string, path: string, sending?: Sending): Promise<Answered>;
  /** Asks from the root, unchecked. */
  askRoot(method: string, path: string, sending?: Sending): Promise<Answered>;
}

/** The API lab with one admin key of each sort. */
export async function openAdminLab(change: Partial<ApiDependencies> = {}): Promise<AdminLab> {
  const gateway = new TellingGateway();
  const lab = await openApiLab({ calls: gateway, ...change });
  const make = async (role: 'admin' | 'viewer', connections: string[] | null): Promise<string> =>
    (await lab.store.adminKeys.create({ name: 'test', role, connections }, { id: 'test' })).secret;
  const keys = {
    admin: await make('admin', null),
    viewer: await make('viewer', null),
    office: await make('admin', ['office']),
    officeViewer: await make('viewer', ['office']),
    elsewhere: await make('admin', ['elsewhere']),
  };
  const routes = adminRoutes(lab.deps);
  const askRoot = (method: string, path: string, sending: Sending = {}): Promise<Answered> =>
    send(`${lab.url}${path}`, method, { key: keys.admin, ...sending });
  return {
    ...lab,
    gateway,
    routes,
    keys,
    askRoot,
    ask: async (method, path, sending) => {
      const answered = await askRoot(method, `/api/v1${path}`, sending);
      checkAnswer(routes, method, path, answered);
      return answered;
    },
  };
}

async function send(url: string, method: string, { key, body, headers }: Sending): Promise<Answered> {
  const raw = typeof body === 'string' || body instanceof Uint8Array;
  const response = await fetch(url, {
    method,
    redirect: 'manual',
    headers: {
      ...(key == null ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined || raw ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: (raw ? body : JSON.stringify(body)) as string }),
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return {
    status: response.status,
    body: isJson ? JSON.parse(text) : undefined,
    text,
    headers: response.headers,
  };
}

/** Fails when an answer has another shape than its route promises. */
function checkAnswer(
  routes: Route[],
  method: string,
  path: string,
  { status, body, headers }: Answered,
): void {
  const pathname = path.split('?')[0]!;
  const route = routes.find(
    (one) =>
      one.method === method.toLowerCase() &&
      new RegExp(`^${one.path.replace(/\{\w+\}/g, '[^/]+')}$`).test(pathname),
  );
  const promised = route?.answers[status];
  if (status >= 400) {
    expect(headers.get('content-type')).toContain('application/problem+json');
    problemSchema.parse(body);
    return;
  }
  if (promised === undefined)
    throw new Error(`${method} ${path} answered ${status}, which its route does not promise`);
  if (promised.schema !== undefined && promised.contentType === undefined) promised.schema.parse(body);
}
