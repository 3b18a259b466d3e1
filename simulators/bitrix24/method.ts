import type { Caller } from './access';
import type { Params } from './php';
import type { Portal } from './portal';

/** One call of a REST method that passed rate, authorisation, scope and run time limits. */
export interface MethodCall {
  /** Lower case. */
  method: string;
  params: Params;
  caller: Caller;
  /** true inside `batch`, where uploads are not allowed. */
  inBatch: boolean;
}

/** What a method answers: `result`, and for lists `total` and `next` at top level. */
export interface MethodAnswer {
  result: unknown;
  total?: number;
  next?: number;
}

/** A REST method; refuses by throwing RestError. */
export interface Method {
  /** Any of these scopes will do; empty: none is needed. */
  scopes: string[];
  run(portal: Portal, call: MethodCall): MethodAnswer | Promise<MethodAnswer>;
}
