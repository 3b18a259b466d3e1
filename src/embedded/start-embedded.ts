import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { madeByOtherVersion } from './data-version';
import type { EmbeddedLog } from './embedded-log';
import { ExpectedError } from './expected-error';
import { freePort } from './free-port';
import { keepRunning } from './keep-running';
import { startMongodServer } from './mongod-server';
import type { MongodServer } from './mongod-server';
import { untilLastServersEnded } from './last-servers';
import { findProgram } from './programs/find-program';
import { mongod } from './programs/mongod';
import type { Program } from './programs/program';
import type { FoundProgram } from './programs/source';
import { temporalCli } from './programs/temporal-cli';
import { choosePorts } from './remembered-ports';
import type { Ports } from './remembered-ports';
import { startTemporalServer } from './temporal-server';
import type { TemporalServer } from './temporal-server';
import { openUiGateway } from './ui-gateway';
import { ServerNotReady } from './until-ready';

/** Which servers to start, and where their data live. */
export interface EmbeddedOptions {
  dataDir: string;
  /** False: an external one is used. */
  temporal: boolean;
  /** False: an external one is used. */
  mongodb: boolean;
  /** Where Temporal's UI sends payloads to be decoded. */
  codecEndpoint: string;
  /** Search attributes of type Keyword that a new Temporal has from its first moment. */
  searchAttributes?: readonly string[];
  /** Without Temporal's Web UI; false by default. */
  headless?: boolean;
  log: EmbeddedLog;
}

/** The running servers; null for one that was not asked for. */
export interface Embedded {
  temporal: { address: string; uiUrl: string | null } | null;
  mongodb: { uri: string } | null;
  /** Stops Temporal, then mongod; may be called again. */
  stop(): Promise<void>;
}

/**
 * Finds or fetches the programs and starts the servers on 127.0.0.1, side by side, with data that survive a restart.
 * A server that ends by itself is started again; one of the last start is waited for. Hold the lock of the folder before.
 *
 * @throws {ExpectedError} when a program cannot be had or a server does not come up; nothing is left running then.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const dataDir = path.resolve(options.dataDir);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await untilLastServersEnded([logOf(dataDir, 'temporal'), logOf(dataDir, 'mongod')], options.log);
  const avoid = new Set<number>();
  for (let tries = 1; ; tries += 1) {
    const ports = await choosePorts(dataDir, avoid);
    try {
      return await startServers({ ...options, dataDir }, ports);
    } catch (error) {
      if (!(error instanceof ServerNotReady)) throw error;
      if (!error.portTaken || tries === 3) throw new ExpectedError(error.message, { cause: error });
      // Someone took a port between our look at it and the server's start: once more, elsewhere.
      for (const port of Object.values(ports) as number[]) avoid.add(port);
    }
  }
}

function logOf(dataDir: string, server: 'temporal' | 'mongod'): string {
  return path.join(dataDir, 'logs', `${server}.log`);
}

async function startServers(options: EmbeddedOptions, ports: Ports): Promise<Embedded> {
  const [temporal, mongodb] = await Promise.allSettled([
    options.temporal ? startTemporal(options, ports) : null,
    options.mongodb ? startMongod(options, ports) : null,
  ]);
  const stop = async (): Promise<void> => {
    for (const part of [temporal, mongodb]) if (part.status === 'fulfilled') await part.value?.stop();
  };
  if (temporal.status === 'fulfilled' && mongodb.status === 'fulfilled')
    return { temporal: temporal.value, mongodb: mongodb.value, stop };
  await stop();
  const reasons = [temporal, mongodb]
    .filter((part) => part.status === 'rejected')
    .map((part) => part.reason as unknown);
  // Both programs missing is told at once: nobody wants to mend one only to hear of the other.
  if (reasons.length === 2 && reasons.every((reason) => reason instanceof ExpectedError))
    throw new ExpectedError(reasons.map((reason) => reason.message).join('\n'));
  throw reasons[0];
}

interface EmbeddedTemporal {
  address: string;
  uiUrl: string | null;
  stop(): Promise<void>;
}

async function startTemporal(options: EmbeddedOptions, ports: Ports): Promise<EmbeddedTemporal> {
  const { dataDir, log, codecEndpoint, searchAttributes } = options;
  const { path: binary, version } = await find(temporalCli, log);
  const dir = path.join(dataDir, 'temporal');
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const maker = version === null ? null : await madeByOtherVersion(path.join(dir, 'cli-version'), version);
  // The development server lays its tables down once and never migrates them (temporal.md 3.3).
  if (maker !== null)
    log.warn(
      `${dir} was made by Temporal CLI ${maker} and is not migrated to ${version}. If calls hang, name a ${maker} in ` +
        `${temporalCli.variable}.`,
    );
  const uiPort = options.headless === true ? null : await freePort();
  const start = (): Promise<TemporalServer> =>
    startTemporalServer({
      binary,
      dbFile: path.join(dir, 'temporal.db'),
      port: ports.temporal,
      uiPort,
      logFile: logOf(dataDir, 'temporal'),
      codecEndpoint,
      searchAttributes,
    });
  const kept = await keepRunning('The embedded Temporal server', start, log);
  try {
    const gateway = uiPort === null ? null : await openUiGateway(ports.ui, uiPort);
    const stop = async (): Promise<void> => {
      await gateway?.close();
      await kept.stop();
    };
    return { address: kept.current.address, uiUrl: gateway?.url ?? null, stop };
  } catch (error) {
    await kept.stop();
    throw new ServerNotReady(`The port ${ports.ui} of Temporal's UI is taken`, true, { cause: error });
  }
}

async function startMongod(
  options: EmbeddedOptions,
  ports: Ports,
): Promise<{ uri: string; stop(): Promise<void> }> {
  const { dataDir, log } = options;
  const { path: binary } = await find(mongod, log);
  const start = (): Promise<MongodServer> =>
    startMongodServer({
      binary,
      dbPath: path.join(dataDir, 'mongodb'),
      port: ports.mongodb,
      logFile: logOf(dataDir, 'mongod'),
    });
  const kept = await keepRunning('The embedded mongod', start, log);
  return { uri: kept.current.uri, stop: () => kept.stop() };
}

async function find(program: Program, log: EmbeddedLog): Promise<FoundProgram> {
  const found = await findProgram(program, { env: process.env, log });
  log.info({ path: found.path, version: found.version, source: found.source }, `Using ${program.name}`);
  return found;
}
