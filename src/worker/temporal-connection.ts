import { Client, Connection } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection } from '@temporalio/worker';

type ConnectionOptions = NonNullable<Parameters<typeof Connection.connect>[0]>;

/** How to reach Temporal; the `TEMPORAL_*` variables and the configuration file are read as the CLI reads them. */
export interface TemporalTarget {
  options: ConnectionOptions;
  namespace: string;
}

/** @param embeddedAddress set when we started the server ourselves; then the environment has no say. */
export function temporalTarget(embeddedAddress: string | null): TemporalTarget {
  if (embeddedAddress !== null) return { options: { address: embeddedAddress }, namespace: 'default' };
  const config = loadClientConnectConfig();
  return { options: config.connectionOptions, namespace: config.namespace ?? 'default' };
}

/** gRPC's own pause between two attempts to connect grows to two minutes, long after Temporal is back. */
const reconnect = { 'grpc.initial_reconnect_backoff_ms': 200, 'grpc.max_reconnect_backoff_ms': 1_000 };

/** A client that connects when it is first used, so that the API starts (and takes events) while Temporal is away. */
export function connectClient(target: TemporalTarget, dataConverter: DataConverter): Client {
  const channelArgs = { ...reconnect, ...target.options.channelArgs };
  const connection = Connection.lazy({ ...target.options, channelArgs });
  return new Client({ connection, namespace: target.namespace, dataConverter });
}

/** @throws when Temporal cannot be reached. */
export async function connectNative(target: TemporalTarget): Promise<NativeConnection> {
  const { address, tls, apiKey, metadata } = target.options;
  return NativeConnection.connect({ address, tls, apiKey, metadata } as Parameters<
    typeof NativeConnection.connect
  >[0]);
}
