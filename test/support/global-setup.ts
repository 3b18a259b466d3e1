import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { MongoClient } from 'mongodb';
import { ensureSearchAttributes } from '../../src/worker/ensure-search-attributes';
import { startOwnMongod, startOwnTemporal } from './own-servers';
import { keepForTeardown, stopEverything } from './run-state';
import { mongoOptions } from './servers';

const prefix = 'bridge-tests-';

/**
 * Starts one real Temporal server and one real mongod for all test files. Servers that the environment names already
 * (`TEST_TEMPORAL_ADDRESS`, `TEST_MONGODB_URI`) are used as they are.
 */
export default async function globalSetup(): Promise<void> {
  await sweep();
  const dir = await mkdtemp(path.join(os.tmpdir(), `${prefix}${process.pid}-`));
  keepForTeardown({ dir });
  const [temporal, mongod] = await Promise.allSettled([startTemporal(dir), startMongod(dir)]);
  for (const outcome of [temporal, mongod])
    if (outcome.status === 'rejected') {
      // jest calls no teardown when the set-up fails.
      await stopEverything();
      throw outcome.reason;
    }
}

async function startTemporal(dir: string): Promise<void> {
  if (process.env.TEST_TEMPORAL_ADDRESS === undefined) {
    const server = await startOwnTemporal({ dir });
    keepForTeardown({ server });
    process.env.TEST_TEMPORAL_ADDRESS = server.address;
  }
  const connection = await Connection.connect({ address: process.env.TEST_TEMPORAL_ADDRESS });
  await ensureSearchAttributes(new Client({ connection }), 'default');
  await connection.close();
}

async function startMongod(dir: string): Promise<void> {
  if (process.env.TEST_MONGODB_URI !== undefined) return;
  const server = await startOwnMongod({ dir });
  keepForTeardown({ server });
  process.env.TEST_MONGODB_URI = server.uri;
  // Many tests have a clock of their own; what is overdue by that of mongod must not go in the middle of them.
  const client = await new MongoClient(server.uri, mongoOptions).connect();
  await client.db('admin').command({ setParameter: 1, ttlMonitorEnabled: false });
  await client.close();
}

/** Removes the folders of test runs that were killed; their servers ended with them. */
async function sweep(): Promise<void> {
  for (const entry of await readdir(os.tmpdir())) {
    const pid = Number(new RegExp(`^${prefix}(\\d+)-`).exec(entry)?.[1]);
    if (Number.isNaN(pid) || isAlive(pid)) continue;
    await rm(path.join(os.tmpdir(), entry), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
