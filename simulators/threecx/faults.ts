import { FaultSet } from '../common/fault-set';
import type { Barrier } from '../common/fault-set';

export type { Barrier } from '../common/fault-set';

/** What goes wrong. */
export type FaultKind =
  /** The request is executed, then the connection breaks without an answer. */
  | 'lose-answer'
  /** The connection breaks before the request is executed. */
  | 'lose-request'
  /** Like lose-request, with a TCP reset. */
  | 'reset'
  /** 500 without a body. */
  | 'error-500'
  /** 502, 503 or 504 with the proxy's HTML page. */
  | 'html-502'
  | 'html-503'
  | 'html-504'
  /** 200 with HTML. */
  | 'html-200'
  /** 200 with the first half of the JSON answer. */
  | 'half-json'
  /** 200 with nothing. */
  | 'empty-body'
  /** The request is executed `ms` late (with afterCommit: the answer comes late). */
  | 'hang'
  /** 401, though the token is good. */
  | 'unauthorized'
  /** 403. */
  | 'forbidden'
  /** 302 to `location`, by default on a foreign origin. */
  | 'redirect'
  /** The token of this request expires just before it is looked at. */
  | 'expire-token'
  /** A refusal of your own: `status`, `warning`. */
  | 'refuse'
  /** Holds the request before or after it is executed until released. */
  | 'barrier'
  /** Downloads: 400 with FILE_NOT_FOUND. */
  | 'file-not-found'
  /** Downloads: the connection breaks after `bytes` of the body (default half of it). */
  | 'cut'
  /** Downloads: a whole, well-formed answer with only `bytes` of the file (default half of it). */
  | 'short-file'
  /** Downloads: Content-Length is `bytes` more than what is sent (default 1 000). */
  | 'wrong-length'
  /** Downloads: `bytesPerSecond`. */
  | 'slow';

/** One fault to be set. */
export interface FaultOptions {
  kind: FaultKind;
  /** Endpoint as in the request log (`token`, `recordings`, `download`, `call-log` …) or `*`. Default `*`. */
  endpoint?: string;
  /** How many requests it hits. Default 1; without limit when `probability` is given. */
  count?: number;
  /** How many matching requests it lets pass first. Default 0. */
  skip?: number;
  /** 0 to 1, drawn from the seeded generator for each matching request. Default 1. */
  probability?: number;
  /**
   * true: the request is executed first, and only a success is hit. Default true for the kinds that spoil an answer,
   * false for the others.
   */
  afterCommit?: boolean;
  /** hang: real milliseconds. */
  ms?: number;
  /** refuse: HTTP status, default 400. */
  status?: number;
  /** refuse: the WARNINGS.XAPI name, default REQUIRED. */
  warning?: string;
  /** redirect: default a path on the foreign origin. */
  location?: string;
  /** cut, short-file, wrong-length. */
  bytes?: number;
  /** slow. Default 10 000. */
  bytesPerSecond?: number;
  /** Hits only requests whose address (path and query, without tokens) passes; in process only. */
  match?: (address: string) => boolean;
}

/** A fault that is set. */
export interface Fault extends FaultOptions {
  id: number;
  endpoint: string;
  afterCommit: boolean;
  /** How many requests it has hit. */
  hits: number;
  /** barrier: how many requests it holds now. */
  holding: number;
}

const spoilers: FaultKind[] = [
  'lose-answer',
  'html-200',
  'half-json',
  'empty-body',
  'cut',
  'short-file',
  'wrong-length',
  'slow',
];

/**
 * The faults that are set. Each stage of a request (before, after a success) is hit by the first fault of that stage
 * that matches, in the order of their setting.
 */
export class Faults extends FaultSet<Fault> {
  /** Sets a fault. Setting several for one endpoint lets them hit one after the other. */
  add(options: FaultOptions): Fault {
    return this.keep((counted) => ({
      ...options,
      ...counted,
      endpoint: options.endpoint ?? '*',
      afterCommit: options.afterCommit ?? spoilers.includes(options.kind),
    }));
  }

  /** Sets a barrier: requests of the endpoint wait at it before (default) or after they are executed. */
  barrier(options: {
    endpoint: string;
    when?: 'before' | 'after';
    count?: number;
    match?: FaultOptions['match'];
  }): Barrier {
    const { when = 'before', count = Infinity, ...rest } = options;
    return this.handleOf(this.add({ kind: 'barrier', afterCommit: when === 'after', count, ...rest }));
  }

  /** The fault that hits this request at this stage, if any; counts it. */
  take(stage: 'before' | 'after', endpoint: string, address: string): Fault | undefined {
    return this.takeFirst(
      (fault) =>
        fault.afterCommit === (stage === 'after') &&
        (fault.endpoint === '*' || fault.endpoint === endpoint) &&
        (fault.match === undefined || fault.match(address)),
    );
  }
}
