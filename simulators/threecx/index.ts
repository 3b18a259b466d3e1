import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { handleAdmin } from './admin-endpoint';
import { CallControlSockets } from './call-control-socket';
import { ThreecxControl } from './control';
import { pbxPage } from './page';
import { Pbx } from './pbx';
import { handlePbx } from './pbx-endpoint';
import { foreignTimeZone } from './pbx-time';
import type { ApiClientSeed, DirectorySeed } from './directory';
import type { Switches } from './switches';
import { emptyAnswer, send } from './wire';

export { CallTeller } from './call-plan';
export type { CallPlan } from './call-plan';
export { ThreecxControl } from './control';
export type { ApiClientSeed, ExtensionSeed } from './directory';
export type { Barrier, Fault, FaultKind, FaultOptions } from './faults';
export { historyId, readHistoryId } from './history-id';
export type * from './pbx-state';
export type { RecordingPlan } from './place-call';
export type * from './play-options';
export type { LoggedRequest } from './request-log';
export { scenarioNames } from './scenarios';
export type { Cast, ScenarioCall, ScenarioName } from './scenarios';
export type { Switches } from './switches';

/** How the stand-in PBX is set up. */
export interface ThreecxSimulatorOptions extends DirectorySeed {
  /** Default 0: any free port. */
  port?: number;
  /** Default 127.0.0.1. */
  host?: string;
  /** Disputed behaviour; see Switches for the defaults. */
  switches?: Partial<Switches>;
  /** API clients. Default one, `bridge`, System Owner, with both APIs and a random secret. */
  apiClients?: ApiClientSeed[];
  /** Zone of the PBX's local times. Default one that is neither UTC nor this machine's. */
  timeZone?: string;
  /** Unix milliseconds. Default the machine's clock. */
  clock?: () => number;
  /** Seed of the generator behind faults with a probability. Default 1. */
  faultSeed?: number;
  /** How many requests the log keeps. Default 5 000. */
  logCapacity?: number;
}

/** A running stand-in PBX. */
export interface ThreecxSimulator {
  /** Origin without a slash at the end. */
  url: string;
  control: ThreecxControl;
  /** Ends all connections. */
  close(): Promise<void>;
}

/** Starts a stand-in 3CX that is as strict as the real one where its behaviour is known. */
export async function startThreecxSimulator(
  options: ThreecxSimulatorOptions = {},
): Promise<ThreecxSimulator> {
  const pbx = new Pbx({
    timeZone: options.timeZone ?? foreignTimeZone(),
    clock: options.clock ?? Date.now,
    switches: options.switches ?? {},
    faultSeed: options.faultSeed ?? 1,
    logCapacity: options.logCapacity ?? 5_000,
    directory: options,
  });
  const control = new ThreecxControl(pbx);
  const server = createServer((request, response) => {
    route(pbx, control, request, response).catch((error: unknown) => {
      process.emitWarning(
        `The stand-in PBX failed: ${error instanceof Error ? (error.stack ?? '') : String(error)}`,
      );
      void send(response, emptyAnswer(500), pbx.closing);
    });
  });
  const sockets = new CallControlSockets(pbx);
  server.on('upgrade', (request, socket, head) => {
    sockets.upgrade(request, socket, head).catch(() => socket.destroy());
  });
  // A slow download is no reason to hang up.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 65_000;
  const host = options.host ?? '127.0.0.1';
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, resolve);
  });
  pbx.origin = `http://${host}:${(server.address() as AddressInfo).port}`;
  return {
    url: pbx.origin,
    control,
    close: async () => {
      pbx.close();
      sockets.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function route(
  pbx: Pbx,
  control: ThreecxControl,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(`http://pbx${(request.url ?? '/').replace(/^\/{2,}/, '/')}`);
  const { pathname } = url;
  if (pathname === '/_control' || pathname.startsWith('/_control/'))
    return await handleAdmin(control, request, response, url, pbx.closing);
  if (pathname === '/' && request.method === 'GET')
    return await send(response, pbxPage(pbx, control.deliveries), pbx.closing);
  await handlePbx(pbx, request, response, url);
}
