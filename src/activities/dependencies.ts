import type { Logger } from 'pino';
import type { Bitrix24Client } from '../bitrix24/contract';
import type { CallEvent } from '../domain/call-event';
import type { CallRef } from '../domain/call-steps';
import type { Store } from '../store/contract';
import type { ThreecxClient } from '../threecx/contract';

/** Everything an activity may use; built once per worker process. */
export interface ActivityDependencies {
  store: Store;
  bitrix24: Bitrix24Client;
  threecx: ThreecxClient;
  log: Logger;
  /** Where recordings pass through; swept at the start. */
  tmpDir: string;
  /** Tests only: divides our own retry delays and deadlines, never what is shared with a peer. */
  timeScale: number;
  /** The longest one request to Bitrix24 may take; told to the workflow, which derives its time-outs from it. */
  httpTimeoutMs: number;
  clock: () => Date;
  /** Only the reconciliation asks for it. */
  runs: CallRuns;
}

/** `endTold`: an end is among its events; null: it did not say. */
export interface CallRun {
  running: boolean;
  endTold: boolean | null;
}

/** The workflows of calls, as far as the reconciliation must know of them. */
export interface CallRuns {
  /**
   * Null: Temporal knows no workflow of this id.
   *
   * @param askEnd false spares the workflow the question, which may have to replay it.
   */
  look(workflowId: string, askEnd: boolean): Promise<CallRun | null>;
  /** Calls that run and are not finished, with the start of their workflow. */
  open(connection: string): Promise<{ callId: string; startedAtMs: number }[]>;
  /** Takes a call up again under its own id. False: its last run ended in good order, or is running. */
  restart(ref: CallRef, events: CallEvent[]): Promise<boolean>;
  /** Ends the regular looks at the call log of a connection that is no more. */
  dropSchedule(connection: string): Promise<void>;
}
