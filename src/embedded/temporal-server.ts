import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Connection } from '@temporalio/client';
import { startGuarded } from './guarded-process';
import type { GuardedProcess } from './guarded-process';
import { keepClosedWorkflows } from './temporal-retention';
import { assertPortFree, untilReady } from './until-ready';

/** Options of one Temporal development server. */
export interface TemporalServerOptions {
  /** Path of the Temporal CLI. */
  binary: string;
  /** SQLite file, its folder is made; null keeps everything in memory. */
  dbFile: string | null;
  port: number;
  /** Null: without the Web UI. */
  uiPort: number | null;
  logFile: string;
  /** Where the UI sends payloads to be decoded, asked by the browser. */
  codecEndpoint?: string;
  /** Search attributes of type Keyword that a new database has from its first moment. */
  searchAttributes?: readonly string[];
  /** How long closed workflows are kept; 30 days by default, because a late repeat is known by its workflow id. */
  retentionDays?: number;
  /** How long the start may take; 60,000 by default. */
  timeoutMs?: number;
}

/** A running Temporal server on 127.0.0.1. */
export interface TemporalServer extends GuardedProcess {
  address: string;
  port: number;
  uiUrl: string | null;
}

/**
 * Server settings that the defaults of a one-machine server lack: one partition per task queue, so that a rate limit is
 * exact and priorities hold over the whole queue (temporal.md 1.15); no question to the outside about newer versions; and
 * the names of search attributes kept in memory, as every server does but this one, which reads them from its database with
 * each start of a workflow and each change of an attribute. New ones are known within a minute, those of a new database at once.
 */
const dynamicConfig = {
  'matching.numTaskqueueReadPartitions': 1,
  'matching.numTaskqueueWritePartitions': 1,
  'frontend.enableServerVersionCheck': false,
  'system.forceSearchAttributesCacheRefreshOnRead': false,
};

/**
 * Starts `temporal server start-dev`. The file is in WAL mode, twice as fast as the default, and survives any crash of
 * a process (temporal.md 4.3); a second start on the same file finds everything again.
 *
 * @throws {ServerNotReady} with the last lines of the server's log.
 */
export async function startTemporalServer(options: TemporalServerOptions): Promise<TemporalServer> {
  const { binary, dbFile, port, uiPort, logFile } = options;
  await assertPortFree('The Temporal server', port);
  const args = ['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--log-level', 'warn'];
  if (dbFile !== null) {
    await mkdir(path.dirname(dbFile), { recursive: true, mode: 0o700 });
    args.push(
      '--db-filename',
      dbFile,
      '--sqlite-pragma',
      'journal_mode=wal',
      '--sqlite-pragma',
      'synchronous=1',
    );
  }
  if (uiPort === null) args.push('--headless');
  else args.push('--ui-ip', '127.0.0.1', '--ui-port', String(uiPort), '--ui-disable-news-fetch');
  if (uiPort !== null && options.codecEndpoint !== undefined)
    args.push('--ui-codec-endpoint', options.codecEndpoint);
  for (const name of options.searchAttributes ?? []) args.push('--search-attribute', `${name}=Keyword`);
  for (const [key, value] of Object.entries(dynamicConfig))
    args.push('--dynamic-config-value', `${key}=${JSON.stringify(value)}`);

  const server = await startGuarded({ command: binary, args, logFile });
  const address = `127.0.0.1:${port}`;
  const connection = Connection.lazy({ address });
  try {
    await untilReady(
      'The Temporal server',
      server,
      port,
      async () => {
        await connection.withDeadline(Date.now() + 2_000, () =>
          connection.workflowService.describeNamespace({ namespace: 'default' }),
        );
        return true;
      },
      options.timeoutMs ?? 60_000,
    );
    await keepClosedWorkflows(connection, 'default', options.retentionDays ?? 30);
  } catch (error) {
    await server.stop();
    throw error;
  } finally {
    await connection.close();
  }
  return Object.assign(server, {
    address,
    port,
    uiUrl: uiPort === null ? null : `http://127.0.0.1:${uiPort}`,
  });
}
