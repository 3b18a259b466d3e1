import type { Logger } from 'pino';
import type { Bitrix24Client } from '../bitrix24';
import type { Store } from '../store/contract';
import type { ThreecxClient } from '../threecx';

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
}
