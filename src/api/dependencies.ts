import type { Payload } from '@temporalio/common';
import type { Logger } from 'pino';
import type { Bitrix24Client } from '../bitrix24/contract';
import type { DoctorCheck } from '../domain/doctor-check';
import type { Connection } from '../domain/connection';
import type { Store } from '../store';
import type { CallGateway } from './call-gateway';
import type { ConnectionCache } from './connection-cache';
import type { Metrics } from './metrics';
import type { Reconciler } from './reconciler';

/** Everything a route may use; built once per API process. */
export interface ApiDependencies {
  store: Store;
  log: Logger;
  bitrix24: Bitrix24Client;
  /** Workflows of calls, behind one narrow door. */
  calls: CallGateway;
  /** Looks at 3CX's call log, by schedule and on demand. */
  reconciler: Reconciler;
  /** Connections for webhooks: from memory, refreshed in the background, so that a webhook waits for no database. */
  connections: ConnectionCache;
  metrics: Metrics;
  settings: ApiSettings;
  doctor: (connection: Connection) => Promise<DoctorCheck[]>;
  /** Decrypts payloads for the codec endpoint; never throws for a bad one. */
  decodePayloads: (payloads: Payload[]) => Promise<Payload[]>;
  clock: () => Date;
  /** Told to stop: no balancer should send anything new. Absent: never. */
  isStopping?: () => boolean;
}

export interface ApiSettings {
  /** How 3CX, Bitrix24 and browsers reach this API; no slash at the end. */
  publicUrl: string;
  /** Where operators open Temporal's UI: the one origin that may ask the codec endpoint; null: none. */
  uiUrl: string | null;
  /** `host:port` of our own servers, which no connection may name. */
  forbiddenOrigins: string[];
  version: string;
  /** How long the ledger knows a handled call; an older event is kept aside instead of being written again. */
  ledgerRetentionDays: number;
}
