import path from 'node:path';
import type { EmbeddedLog, MongodServer, TemporalServer } from '../../src/embedded';
import {
  findProgram,
  freePort,
  mongod,
  startMongodServer,
  startTemporalServer,
  temporalCli,
} from '../../src/embedded';
import { searchAttributeNames } from '../../src/workflows/search-attributes';

const log = { info: say, warn: say } as unknown as EmbeddedLog;

function say(...parts: unknown[]): void {
  process.stderr.write(`${String(parts.at(-1))}\n`);
}

/** Path of the Temporal CLI; fetched when this machine has none. */
async function temporalBinary(): Promise<string> {
  return (await findProgram(temporalCli, { env: process.env, log })).path;
}

/** Path of mongod; fetched when this machine has none. */
export async function mongodBinary(): Promise<string> {
  return (await findProgram(mongod, { env: process.env, log })).path;
}

/**
 * Starts a Temporal server for one test, without UI. To kill it and start it again on the same data, give a `dbFile`
 * and the same `port`: `server.kill('SIGKILL'); await server.exited`, then call this again.
 *
 * @param options.dir folder for the log.
 * @param options.dbFile SQLite file; in memory by default.
 * @param options.port a free one by default.
 */
export async function startOwnTemporal(options: {
  dir: string;
  dbFile?: string;
  port?: number;
}): Promise<TemporalServer> {
  const binary = await temporalBinary();
  return onFreePort(options.port, (port) =>
    startTemporalServer({
      binary,
      dbFile: options.dbFile ?? null,
      port,
      uiPort: null,
      logFile: path.join(options.dir, 'temporal.log'),
      searchAttributes: searchAttributeNames,
    }),
  );
}

/**
 * Starts a mongod for one test; `dir/mongodb` holds the data, so the same `dir` and `port` start it again after a kill.
 *
 * @param options.port a free one by default.
 */
export async function startOwnMongod(options: { dir: string; port?: number }): Promise<MongodServer> {
  const binary = await mongodBinary();
  return onFreePort(options.port, (port) =>
    startMongodServer({
      binary,
      dbPath: path.join(options.dir, 'mongodb'),
      port,
      logFile: path.join(options.dir, 'mongod.log'),
    }),
  );
}

/** A free port may be taken a moment later by someone else; then another one. */
async function onFreePort<S>(given: number | undefined, start: (port: number) => Promise<S>): Promise<S> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await start(given ?? (await freePort()));
    } catch (error) {
      if (given !== undefined || tries === 3) throw error;
    }
  }
}
