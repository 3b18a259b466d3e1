import { mkdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Db } from 'mongodb';
import { MongoClient } from 'mongodb';
import { startGuarded } from './guarded-process';
import type { GuardedProcess } from './guarded-process';
import { replicaSetNameOf, steerReplicaSet } from './replica-set';
import { ForeignServer, assertPortFree, untilReady } from './until-ready';

/** Options of one mongod. */
export interface MongodServerOptions {
  /** Path of mongod. */
  binary: string;
  /** Made when it does not exist. */
  dbPath: string;
  port: number;
  logFile: string;
  /** Database that the URI names; `bridge` by default. */
  database?: string;
  /** How long the start may take; 60,000 by default: a large journal is read again after a crash. */
  timeoutMs?: number;
}

/** A running mongod on 127.0.0.1, the only member and primary of its replica set. */
export interface MongodServer extends GuardedProcess {
  port: number;
  /** Names the database. */
  uri: string;
}

/**
 * Starts mongod as a one-member replica set, because transactions and majority writes need one. The set is made at the
 * first start and told its new address when the port has changed since.
 *
 * @throws {ServerNotReady} with the last lines of the server's log.
 */
export async function startMongodServer(options: MongodServerOptions): Promise<MongodServer> {
  const { binary, dbPath, port, logFile } = options;
  await assertPortFree('mongod', port);
  await mkdir(dbPath, { recursive: true, mode: 0o700 });
  const replicaSet = await replicaSetNameOf(dbPath);
  const parameters = [
    // The default waits 15 s for other members to take over; there are none.
    'shutdownTimeoutMillisForSignaledShutdown=100',
    'diagnosticDataCollectionEnabled=false',
  ];
  const args = [
    ...[
      '--dbpath',
      path.resolve(dbPath),
      '--port',
      String(port),
      '--bind_ip',
      '127.0.0.1',
      '--replSet',
      replicaSet,
    ],
    // A small cache is plenty for mappings and a ledger; the default would take half of the machine's memory.
    ...['--wiredTigerCacheSizeGB', '0.25', '--oplogSize', '256', '--nounixsocket', '--quiet'],
    ...parameters.flatMap((parameter) => ['--setParameter', parameter]),
  ];
  const server = await startGuarded({ command: binary, args, logFile });
  const host = `127.0.0.1:${port}`;
  const uri = `mongodb://${host}/${options.database ?? 'bridge'}?replicaSet=${replicaSet}&directConnection=true`;
  // Without the set's name: a member that is not in any set yet would be refused.
  const client = new MongoClient(`mongodb://${host}/?directConnection=true`, {
    serverSelectionTimeoutMS: 2_000,
    // Else the driver loads it by a dynamic import, which test runners do not run.
    runtimeAdapters: { os },
  });
  try {
    await untilReady(
      'mongod',
      server,
      port,
      async () => {
        // Asked before anything is changed: somebody else's server must not be told our address.
        if (!(await holdsFolder(client.db('admin'), dbPath))) throw new ForeignServer('mongod', port);
        return steerReplicaSet(client.db('admin'), replicaSet, host);
      },
      options.timeoutMs ?? 60_000,
    );
  } catch (error) {
    await server.stop();
    throw error;
  } finally {
    await client.close();
  }
  return Object.assign(server, { port, uri });
}

/** Two servers never hold the same folder; a process id would not do where the program is a script that starts it. */
async function holdsFolder(admin: Db, dbPath: string): Promise<boolean> {
  const { parsed } = await admin.command({ getCmdLineOpts: 1 });
  const { storage } = parsed as { storage?: { dbPath?: string } };
  return storage?.dbPath !== undefined && path.resolve(storage.dbPath) === path.resolve(dbPath);
}
