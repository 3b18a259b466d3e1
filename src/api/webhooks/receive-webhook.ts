import type { Context } from 'koa';
import { callEventKinds } from '../../domain/call-event';
import type { Connection } from '../../domain/connection';
import { addonEvent } from '../../threecx/dialects/addon-events';
import type { ApiDependencies } from '../dependencies';
import { HttpProblem } from '../problem';
import { BodyRefused } from '../request-body';
import { authorise, findConnection } from './authorise';
import { contentBytes, fieldsOf, glance, rawQuery, readContent } from './content';
import type { FormPair } from './form';
import { parseForm } from './form';
import type { EventHolder } from './hold-event';
import { NowhereToHold } from './hold-event';
import { keepRejected } from './keep-rejected';
import type { Taken } from './take-event';
import { takeEvent } from './take-event';
import { withoutToken } from './webhook-token';
import type { WebhookHandler } from './handler';
import type { WrongTokenLimit } from './wrong-token-limit';

export interface WebhookDependencies extends ApiDependencies {
  holder: EventHolder;
  wrongTokens: WrongTokenLimit;
  /** How long a body may take, whole. */
  bodyMs: number;
}

/**
 * `GET|POST /webhooks/3cx/{connection}[/{event}]`: the first check that fails answers, in the order 404 connection, 401,
 * 404 event, 405, 415, 413, 408, 400. What had a good token and was not understood is kept. 202 means: durable.
 */
export function receiveWebhook(deps: WebhookDependencies): WebhookHandler {
  return async (ctx) => {
    const event = ctx.params.event ?? null;
    const label = event === null ? 'in-body' : isKnown(event) ? event : 'unknown';
    const pairs = parseForm(rawQuery(ctx));
    const connection = await findConnection(ctx.params.connection ?? '', deps);
    const count = (outcome: string, kind = label): void =>
      deps.metrics.webhooks.inc({ connection: connection.id, event: kind, outcome });
    try {
      await authorise(ctx, connection, pairs, deps);
      const { taken, heldBy } = await receive(ctx, { connection, event, query: withoutToken(pairs), deps });
      count(heldBy, taken.event);
      ctx.status = 202;
      ctx.body = { callId: taken.callId, workflowId: taken.workflowId, heldBy };
    } catch (error) {
      count(String(error instanceof HttpProblem ? error.status : 500));
      throw error;
    }
  };
}

interface Request {
  connection: Connection;
  event: string | null;
  query: readonly FormPair[];
  deps: WebhookDependencies;
}

type Understood = Exclude<Taken, { outcome: 'refused' }>;

/** Everything after the token. @throws {HttpProblem} */
async function receive(
  ctx: Context,
  request: Request,
): Promise<{ taken: Understood; heldBy: 'temporal' | 'inbox' }> {
  const { event, query, deps } = request;
  const refuse = async (problem: HttpProblem, reason: string, body: Buffer): Promise<never> => {
    await keep(ctx, request, { status: problem.status, reason, errors: problem.errors, body });
    throw problem;
  };

  if (event !== null && !isKnown(event)) {
    const body = await glance(ctx);
    return refuse(unknownEvent(), 'unknown-event', body);
  }
  if (ctx.method !== 'GET' && ctx.method !== 'POST') throw methodNotAllowed();
  const content = await readContent(ctx, query, { limitBytes: contentBytes, timeoutMs: deps.bodyMs }).catch(
    async (error: unknown) => {
      if (error instanceof BodyRefused) return refuse(error, reasonOf(error.status), error.received);
      if (error instanceof HttpProblem) return refuse(error, reasonOf(error.status), await glance(ctx));
      throw error;
    },
  );

  const stopWatch = deps.metrics.ackSeconds.startTimer();
  const taken = await understand(ctx, request, content).catch(async (error: unknown) => {
    if (error instanceof HttpProblem && error.status === 400) return refuse(error, 'malformed', content.body);
    throw error;
  });
  if (taken.outcome === 'refused') {
    const problem = new HttpProblem(taken.status, {
      detail: taken.status === 404 ? 'There is no such event.' : 'The event cannot be used as it is.',
      errors: taken.errors,
    });
    return refuse(problem, taken.reason, content.body);
  }
  const heldBy = taken.outcome === 'held' ? taken.heldBy : await keepAside(ctx, request, content.body);
  stopWatch({ held_by: heldBy });
  return { taken, heldBy };
}

async function understand(
  ctx: Context,
  { connection, event, deps }: Request,
  content: Awaited<ReturnType<typeof readContent>>,
): Promise<Taken> {
  const deliveryId = ctx.get('x-delivery-id') || null;
  const fields = fieldsOf(content);
  try {
    return await takeEvent(deps, deps.holder, {
      connection,
      event,
      fields,
      deliveryId,
      receivedAt: deps.clock(),
    });
  } catch (error) {
    if (error instanceof NowhereToHold) throw nowhere();
    throw error;
  }
}

/** An event older than the ledger is listed under rejected, where a person decides. */
async function keepAside(ctx: Context, request: Request, body: Buffer): Promise<'inbox'> {
  const errors = [{ field: 'startedAt', message: 'is older than the ledger of handled calls' }];
  if (await keep(ctx, request, { status: 202, reason: 'too-old', errors, body })) return 'inbox';
  throw nowhere();
}

async function keep(
  ctx: Context,
  { connection, event, query, deps }: Request,
  rejection: { status: number; reason: string; errors: HttpProblem['errors']; body: Buffer },
): Promise<boolean> {
  const contentType = ctx.get('content-type') || null;
  return keepRejected(deps, { ...rejection, connection, event, query, contentType });
}

/** Our own names, and those under which 3CX's webhook add-ons speak. */
function isKnown(event: string): boolean {
  return (callEventKinds as readonly string[]).includes(event) || addonEvent(event) !== undefined;
}

function reasonOf(status: number): string {
  switch (status) {
    case 413:
      return 'body-too-large';
    case 408:
      return 'body-too-slow';
    case 415:
      return 'unsupported-media-type';
    default:
      return 'malformed';
  }
}

function unknownEvent(): HttpProblem {
  return new HttpProblem(404, {
    detail: 'There is no such event.',
    errors: [{ field: 'event', message: `must be one of ${callEventKinds.join(', ')}` }],
  });
}

function methodNotAllowed(): HttpProblem {
  return new HttpProblem(405, {
    detail: 'Use GET or POST.',
    errors: [{ field: 'method', message: 'must be GET or POST' }],
    headers: { Allow: 'GET, POST' },
  });
}

function nowhere(): HttpProblem {
  return new HttpProblem(503, {
    detail: 'The event can be kept nowhere at the moment. Send it again.',
    headers: { 'Retry-After': '5' },
  });
}
