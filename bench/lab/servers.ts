import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Logger } from 'pino';
import { pino } from 'pino';
import { freePort, startEmbedded } from '../../src/embedded';
import type { StandIns } from '../../simulators/demo/stand-ins';
import { startStandIns } from '../../simulators/demo/stand-ins';
import { searchAttributeNames } from '../../src/workflows/search-attributes';

/** The servers of one run, in a folder of their own, and both stand-ins. */
export interface Servers {
  dir: string;
  temporalAddress: string;
  /** Names a database; see `databaseUri`. */
  mongodbUri: string;
  standIns: StandIns;
  /** At level `info`, into a file: logging costs what it costs the product. */
  log: Logger;
  stop(): Promise<void>;
}

/** Starts Temporal on a SQLite file in WAL mode, mongod and the stand-ins, as `npm start` and the demo do. */
export async function startServers(): Promise<Servers> {
  const undo: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step().catch(report);
  };
  try {
    const dir = await mkdtemp(path.join(os.tmpdir(), 'bridge-bench-'));
    undo.push(() => rm(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));
    // Not the usual ports: whoever else runs on this machine is left alone.
    const ports = { temporal: await freePort(), ui: await freePort(), mongodb: await freePort() };
    await writeFile(path.join(dir, 'ports.json'), JSON.stringify(ports));
    const log = pino({ level: 'info' }, pino.destination({ dest: path.join(dir, 'bench.log'), sync: true }));
    const codecEndpoint = 'http://127.0.0.1:1/codec';
    const embedded = await startEmbedded({
      dataDir: dir,
      temporal: true,
      mongodb: true,
      headless: true,
      codecEndpoint,
      searchAttributes: searchAttributeNames,
      log,
    });
    undo.push(() => embedded.stop());
    const standIns = await startStandIns({ pbx: 0, portal: 0 });
    undo.push(() => standIns.close());
    const temporalAddress = embedded.temporal!.address;
    return { dir, temporalAddress, mongodbUri: embedded.mongodb!.uri, standIns, log, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The address of another database on the same mongod. */
export function databaseUri(servers: Pick<Servers, 'mongodbUri'>, name: string): string {
  const uri = new URL(servers.mongodbUri);
  uri.pathname = `/${name}`;
  return uri.href;
}

function report(error: unknown): void {
  process.stderr.write(`A part did not stop well: ${String(error)}\n`);
}
