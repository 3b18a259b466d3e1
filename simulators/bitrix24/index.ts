import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Application, Webhook } from './access';
import { handleAdmin } from './admin-endpoint';
import { Bitrix24Control } from './control';
import { handleToken } from './oauth';
import { portalPage } from './page';
import { Portal } from './portal';
import { foreignTimeZone } from './portal-time';
import { handleRest } from './rest-endpoint';
import { htmlAnswer, send } from './rest-answer';
import { addContact, addUser, defaultUsers } from './seeds';
import type { ContactSeed, UserSeed } from './seeds';
import type { Switches } from './switches';

export type { Application, Webhook } from './access';
export { Bitrix24Control } from './control';
export type { SentEvent } from './event-sender';
export type { Barrier, Fault, FaultKind, FaultOptions } from './faults';
export type * from './portal-state';
export type { LoggedRequest } from './request-log';
export type { ContactSeed, UserSeed } from './seeds';
export type { Switches } from './switches';

/** How the stand-in portal is set up. */
export interface Bitrix24SimulatorOptions {
  /** Default 0: any free port. */
  port?: number;
  /** Default 127.0.0.1. */
  host?: string;
  /** Disputed behaviour; see Switches for the defaults. */
  switches?: Partial<Switches>;
  /** People. Default: an administrator, agents at 101 to 103, one dismissed at 104. */
  users?: UserSeed[];
  /** CRM objects with numbers. Default none. */
  contacts?: ContactSeed[];
  /** Zone in which dates without a zone are read. Default one whose offset is not this machine's. */
  timeZone?: string;
  /** Unix milliseconds. Default the machine's clock. */
  clock?: () => number;
  /** Seed of the generator behind faults with a probability. Default 1. */
  faultSeed?: number;
  /** How many requests the log keeps. Default 5 000. */
  logCapacity?: number;
  /** Secret of the incoming webhook of user 1. Default a random one. */
  webhookSecret?: string;
  /** Scopes of the webhook and of the application. Default telephony, crm, user. */
  scopes?: string[];
}

/** A running stand-in portal. */
export interface Bitrix24Simulator {
  /** Origin without a slash at the end. */
  url: string;
  /** `{url}/rest/1/{secret}/` */
  webhookUrl: string;
  /** Address of the token server, `{url}/oauth/token/`. */
  tokenUrl: string;
  control: Bitrix24Control;
  /** Ends all connections and deletes the stored files. */
  close(): Promise<void>;
}

/** Starts a stand-in Bitrix24 that is as strict as the real one where its behaviour is known. */
export async function startBitrix24Simulator(
  options: Bitrix24SimulatorOptions = {},
): Promise<Bitrix24Simulator> {
  const portal = new Portal({
    timeZone: options.timeZone ?? foreignTimeZone(),
    clock: options.clock,
    switches: options.switches ?? {},
    faultSeed: options.faultSeed ?? 1,
    logCapacity: options.logCapacity ?? 5_000,
  });
  const scopes = options.scopes ?? ['telephony', 'crm', 'user'];
  const webhook: Webhook = {
    id: 1,
    userId: 1,
    secret: options.webhookSecret ?? randomBytes(8).toString('hex'),
    scopes,
  };
  const application = makeApplication(scopes);
  portal.access.webhooks.push(webhook);
  portal.access.applications.push(application);
  const seed = (): void => {
    for (const user of options.users ?? defaultUsers) addUser(portal, user);
    for (const contact of options.contacts ?? []) addContact(portal, contact);
  };
  seed();
  const control = new Bitrix24Control(portal, seed, application, webhook);

  const server = createServer((request, response) => {
    route(portal, control, request, response).catch((error: unknown) => {
      process.emitWarning(
        `The stand-in portal failed: ${error instanceof Error ? (error.stack ?? '') : String(error)}`,
      );
      send(response, htmlAnswer(500, '500 Internal Server Error'));
    });
  });
  // A large recording over a slow line is no reason to hang up.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 65_000;
  const host = options.host ?? '127.0.0.1';
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, resolve);
  });
  portal.origin = `http://${host}:${(server.address() as AddressInfo).port}`;
  return {
    url: portal.origin,
    webhookUrl: `${portal.origin}/rest/${webhook.userId}/${webhook.secret}/`,
    tokenUrl: `${portal.origin}/oauth/token/`,
    control,
    close: async () => {
      portal.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await portal.events.settled();
      await portal.files.clear();
    },
  };
}

function makeApplication(scopes: string[]): Application {
  return {
    id: 17,
    clientId: `local.${randomBytes(7).toString('hex')}.${randomBytes(4).toString('hex')}`,
    clientSecret: randomBytes(25).toString('hex'),
    name: 'Telephony bridge',
    scopes,
    applicationToken: randomBytes(16).toString('hex'),
  };
}

async function route(
  portal: Portal,
  control: Bitrix24Control,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(`http://portal${(request.url ?? '/').replace(/^\/{2,}/, '/')}`);
  const path = url.pathname;
  if (/^\/+rest(\/|$)/i.test(path)) return await handleRest(portal, request, response, url);
  if (/^\/oauth\/token\/?$/.test(path)) return await handleToken(portal, request, response, url);
  if (path === '/_sim' || path.startsWith('/_sim/'))
    return await handleAdmin(control, request, response, url);
  request.resume();
  if (path === '/' && request.method === 'GET') return send(response, portalPage(portal));
  send(response, htmlAnswer(404, '404 Not Found'));
}
