import type { Context, Middleware } from 'koa';
import type { Logger } from 'pino';
import { HttpProblem } from './problem';

/**
 * Turns whatever is thrown below into `application/problem+json`. A 4xx explains itself; anything unexpected is an
 * opaque 500 (503 when MongoDB does not answer) and is logged with its stack.
 */
export function renderProblems(log: Logger): Middleware {
  return async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      const problem = asProblem(error);
      if (problem.status >= 500 && !(error instanceof HttpProblem))
        log.error({ err: error, requestId: ctx.state.requestId as string | undefined }, 'A request failed');
      renderProblem(ctx, problem);
    }
  };
}

/** Writes one problem as the answer. */
function renderProblem(ctx: Context, problem: HttpProblem): void {
  ctx.status = problem.status;
  ctx.set(problem.headers);
  ctx.body = JSON.stringify(problem);
  ctx.type = 'application/problem+json';
}

function asProblem(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (isExposed(error)) return new HttpProblem(error.status, { cause: error });
  if (isMongoAway(error))
    return new HttpProblem(503, {
      detail: 'The database does not answer.',
      headers: { 'Retry-After': '5' },
      cause: error,
    });
  return new HttpProblem(500, { cause: error });
}

/** Errors of Koa and its middleware that are meant for the sender, such as an undecodable path. */
function isExposed(error: unknown): error is Error & { status: number } {
  const { status, expose } = (error ?? {}) as { status?: unknown; expose?: unknown };
  return expose === true && typeof status === 'number' && status >= 400 && status < 500;
}

const awayNames = [
  'MongoServerSelectionError',
  'MongoNetworkError',
  'MongoNetworkTimeoutError',
  'MongoOperationTimeoutError',
  'MongoNotConnectedError',
  'MongoTopologyClosedError',
  'MongoPoolClearedError',
  'MongoWaitQueueTimeoutError',
  'PoolClearedOnNetworkError',
];

function isMongoAway(error: unknown): boolean {
  return error instanceof Error && awayNames.includes(error.name);
}
