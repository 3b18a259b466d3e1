import { FaultSet } from '../common/fault-set';
import type { Barrier } from '../common/fault-set';

export type { Barrier } from '../common/fault-set';

/** What goes wrong. */
export type FaultKind =
  /** The method runs, then the connection breaks without an answer. */
  | 'lose-answer'
  /** The connection breaks before the method runs. */
  | 'lose-request'
  /** Like lose-request, with a TCP reset. */
  | 'reset'
  /** finish only: row and activity are written, the call stays open, no answer comes. */
  | 'midway'
  /** 500 with INTERNAL_SERVER_ERROR as JSON. */
  | 'error-500'
  /** 502 with a gateway's HTML page. */
  | 'html-502'
  /** 200 with HTML. */
  | 'html-200'
  /** 200 with the first half of the JSON answer. */
  | 'half-json'
  /** 200 with nothing. */
  | 'empty-body'
  /** The answer (or, by default, the method) comes `ms` late; past `cutAfterMs` the gateway answers 504 instead. */
  | 'hang'
  /** 503 QUERY_LIMIT_EXCEEDED. */
  | 'rate-limited'
  /** 429 OPERATION_TIME_LIMIT. */
  | 'operating-limited'
  /** 503 OVERLOAD_LIMIT. */
  | 'overloaded'
  /** 302 to `location`. */
  | 'redirect'
  /** 200 with a body of `bytes` (32 MiB). */
  | 'oversized'
  /** Every access token expires just before this request is looked at. */
  | 'expire-token'
  /** A refusal of your own: `status`, `code`, `text`. */
  | 'refuse'
  /** Holds the request before or after the method until released. */
  | 'barrier';

/** One fault to be set. */
export interface FaultOptions {
  kind: FaultKind;
  /** Method in any letter case, `upload`, `oauth.token`, or `*`. Default `*`. */
  method?: string;
  /** How many requests it hits. Default 1; without limit when `probability` is given. */
  count?: number;
  /** How many matching requests it lets pass first. Default 0. */
  skip?: number;
  /** 0 to 1, drawn from the seeded generator for each matching request. Default 1. */
  probability?: number;
  /**
   * true: the method runs first and only a successful one is hit. Default true for the kinds that spoil an answer
   * (lose-answer, html-200, half-json, empty-body, oversized), false for the others.
   */
  afterCommit?: boolean;
  /** hang: real milliseconds. */
  ms?: number;
  /** refuse: HTTP status, default 400. */
  status?: number;
  /** refuse: the `error` field, default empty. */
  code?: string;
  /** refuse: the `error_description` field. */
  text?: string;
  /** redirect: default `/elsewhere`. */
  location?: string;
  /** oversized: length of the body. Default 32 MiB. */
  bytes?: number;
  /** Hits only requests whose parameters pass; in process only. */
  match?: (params: Record<string, unknown>) => boolean;
}

/** A fault that is set. */
export interface Fault extends FaultOptions {
  id: number;
  method: string;
  afterCommit: boolean;
  /** How many requests it has hit. */
  hits: number;
  /** barrier: how many requests it holds now. */
  holding: number;
}

const spoilers: FaultKind[] = ['lose-answer', 'html-200', 'half-json', 'empty-body', 'oversized'];

/**
 * The faults that are set. Each stage of a request (before, midway, after a success) is hit by the first fault of that
 * stage that matches, in the order of their setting.
 */
export class Faults extends FaultSet<Fault> {
  /** Sets a fault. Setting several for one method lets them hit one after the other. */
  add(options: FaultOptions): Fault {
    return this.keep((counted) => ({
      ...options,
      ...counted,
      method: (options.method ?? '*').toLowerCase(),
      afterCommit: options.afterCommit ?? spoilers.includes(options.kind),
    }));
  }

  /** Sets a barrier: requests of the method wait at it before (default) or after they are executed. */
  barrier(options: {
    method: string;
    when?: 'before' | 'after';
    count?: number;
    match?: FaultOptions['match'];
  }): Barrier {
    const { when = 'before', count = Infinity, ...rest } = options;
    return this.handleOf(this.add({ kind: 'barrier', afterCommit: when === 'after', count, ...rest }));
  }

  /** The fault that hits this request at this stage, if any; counts it. */
  take(
    stage: 'before' | 'midway' | 'after',
    method: string,
    params: Record<string, unknown>,
  ): Fault | undefined {
    return this.takeFirst(
      (fault) =>
        (fault.kind === 'midway'
          ? stage === 'midway'
          : stage !== 'midway' && fault.afterCommit === (stage === 'after')) &&
        (fault.method === '*' || fault.method === method) &&
        (fault.match === undefined || fault.match(params)),
    );
  }
}
