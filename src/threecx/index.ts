import type { Logger } from 'pino';
import type { Connection } from '../domain/connection';
import type { Store } from '../store/contract';
import { readCallLog, toCallLogRows } from './call-log';
import { CallControl } from './call-control';
import type { CallControlOptions } from './call-control';
import { checkPbx } from './checks';
import { ContactLog } from './contact-log';
import type { RecordingQuery, RecordingSearch, ThreecxClient } from './contract';
import { copyFromFolder } from './copy-from-folder';
import { download } from './download';
import { findByCallId } from './find-by-call-id';
import { findInConsole } from './find-in-console';
import { findInFolder } from './find-in-folder';
import { findThroughXapi } from './find-through-xapi';
import { sinceEndMs, whole } from './finder';
import type { XapiDesk } from './finder';
import { readInboundReport, toInboundDids } from './inbound-report';
import { logIn } from './log-in';
import { PbxClient } from './pbx-client';
import { TokenOwner } from './token-owner';
import { PbxTransports } from './transports';

export type { CallControl } from './call-control';
export type * from './contract';
export { mendOfReason } from './reasons';
export { diskError } from './write-recording';

/** How long after the end a list by call id, or a folder, may show the parts of a call one after the other. */
const partsMs = 30_000;

export interface ThreecxOptions {
  store: Store;
  log: Logger;
  clock?: () => Date;
  /** Tests only: divides how long we wait for what the PBX may still write. Default 1. */
  timeScale?: number;
}

/** Where the events of Call Control go. */
export type WatchOptions = Pick<CallControlOptions, 'connections' | 'deliver' | 'connected' | 'graceMs'>;

/** Makes the client through which every 3CX of every connection is asked. */
export function createThreecxClient(
  options: ThreecxOptions,
): ThreecxClient & { close(): void; watchCalls(options: WatchOptions): CallControl } {
  const { store, log } = options;
  const clock = options.clock ?? (() => new Date());
  const transports = new PbxTransports(clock);
  const contacts = new ContactLog(store, log, clock);
  const tokens = new TokenOwner({
    store,
    clock,
    logIn: (connection) => logIn(transports, connection, clock),
  });
  const pbx = new PbxClient(transports, tokens, contacts);
  const desk = (connection: Connection): XapiDesk => ({
    pbx,
    clock,
    timeScale: options.timeScale ?? 1,
    skewMs: () => transports.for(connection).clockSkewMs ?? 0,
  });

  const isOver = (connection: Connection, query: RecordingQuery): boolean => {
    const here = desk(connection);
    return sinceEndMs(here, query) >= partsMs / here.timeScale;
  };
  const withItsParts = (
    connection: Connection,
    query: RecordingQuery,
    search: RecordingSearch,
  ): RecordingSearch =>
    search.state === 'found' ? whole(desk(connection), query, search.recordings, partsMs) : search;

  return {
    async findRecordings(context, query) {
      const { connection } = context;
      switch (connection.threecx.recordings) {
        case 'off':
          return { state: 'never', reason: 'recording-off' };
        case 'by-call-id':
          return withItsParts(
            connection,
            query,
            await findByCallId(pbx, context, query, isOver(connection, query)),
          );
        case 'folder':
          return contacts.observe(context, '3cx.folder', async () =>
            withItsParts(connection, query, await findInFolder(context, query)),
          );
        case 'console':
          return findInConsole(desk(connection), context, query);
        case 'xapi':
          return findThroughXapi(desk(connection), context, query);
      }
    },
    download: (context, { from }, target) =>
      from.kind === 'file'
        ? contacts.observe(context, '3cx.folder', () => copyFromFolder(context, from.file, target))
        : download(pbx, context, from.path, target),
    callLog: async (context, range) => toCallLogRows(await readCallLog(pbx, context, range)),
    inboundDids: async (context, range) => toInboundDids(await readInboundReport(pbx, context, range)),
    clockSkewMs: (connection) => transports.for(connection).clockSkewMs,
    checks: (connection) => checkPbx({ transports, tokens, pbx, store }, connection),
    watchCalls: (watch) => new CallControl({ store, log, clock, transports, tokens, ...watch }),
    close: () => transports.close(),
  };
}
