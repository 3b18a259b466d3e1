import dns from 'node:dns/promises';
import { z } from 'zod';
import type { Connection } from '../domain/connection';
import type { DoctorCheck } from '../domain/doctor-check';
import { PeerError } from '../domain/peer-error';
import type { Store } from '../store/contract';
import { checkCallControl } from './call-control/check-call-control';
import { PbxLine } from './call-control/pbx-line';
import { callLogPath } from './call-log';
import { readConsolePage } from './console-list';
import { usesConsole } from './console-session';
import type { RecordingQuery, ThreecxContext } from './contract';
import { findByCallId } from './find-by-call-id';
import { odataQuery, odataRows } from './odata';
import type { PbxClient, PbxQuestion } from './pbx-client';
import type { ThreecxReason } from './reasons';
import { listFolder } from './recording-folder';
import type { TokenOwner } from './token-owner';
import type { PbxTransports } from './transports';
import { pathUnder } from './transports';

/** Clocks further apart than this make recordings hard to find. */
const skewLimitMs = 60_000;
/** How often a person may have a refused secret tried again: 3CX blocks an address after a few bad log-ins. */
const retryRefusedMs = 900_000;
const oneWayAudio =
  'The name of the SBC must lead to it from the phones. One-way audio on calls through it is not a matter of this server: let UDP 9000–10999 and 5060/5090 through in both directions and switch SIP ALG off in the router.';

interface DoctorDesk {
  transports: PbxTransports;
  tokens: TokenOwner;
  pbx: PbxClient;
  store: Pick<Store, 'health' | 'extensions'>;
}

/** The doctor's 3CX half: reads only, never throws, at most one log-in. */
export async function checkPbx(desk: DoctorDesk, connection: Connection): Promise<DoctorCheck[]> {
  const context: ThreecxContext = { connection, callId: null, attempt: 1 };
  const address = await check('threecx-address', () => reach(desk, connection));
  const checks = [address];
  if (address.ok) {
    const token = await check('threecx-token', () => logInOnce(desk, connection));
    checks.push(token, clock(desk, connection));
    if (token.ok) checks.push(...(await rights(desk, context)));
    if (token.ok && connection.threecx.callControl) checks.push(await liveCalls(desk, connection));
  }
  if (connection.threecx.recordings === 'folder')
    checks.push(await check('threecx-recordings', () => folder(connection)));
  if (connection.threecx.recordings === 'off')
    checks.push({
      name: 'threecx-recordings',
      ok: true,
      detail: 'Recordings are switched off in this connection.',
    });
  const { sbcAddress } = connection.threecx;
  if (sbcAddress !== undefined) checks.push(await sbc(sbcAddress));
  return checks;
}

async function check(name: string, look: () => Promise<string>): Promise<DoctorCheck> {
  try {
    return { name, ok: true, detail: await look() };
  } catch (error) {
    if (error instanceof PeerError)
      return { name, ok: false, detail: `${error.reason}${statusOf(error)}`, mend: error.mend };
    return { name, ok: false, detail: 'The check itself failed.', mend: 'See the log of the server.' };
  }
}

function statusOf({ status }: PeerError): string {
  return status === null ? '' : ` (HTTP ${status})`;
}

/** Any answer will do; a redirect of the start page to the log-in page too. */
async function reach({ transports }: DoctorDesk, connection: Connection): Promise<string> {
  const transport = transports.for(connection);
  try {
    const answer = await transport.send({
      method: 'GET',
      path: pathUnder(connection, '/'),
      totalTimeoutMs: 15_000,
    });
    answer.body.destroy();
  } catch (error) {
    if (!(error instanceof PeerError) || error.reason !== 'redirected') throw error;
  }
  const how = transport.origin.startsWith('https:')
    ? connection.threecx.caCertificate === undefined
      ? 'its certificate is trusted'
      : 'its certificate fits, private CA included'
    : 'plain http on this machine';
  return `The PBX answers; ${how}.`;
}

function liveCalls({ transports, tokens, store }: DoctorDesk, connection: Connection): Promise<DoctorCheck> {
  return checkCallControl(new PbxLine(connection, transports, tokens), store, connection);
}

async function logInOnce({ tokens, store }: DoctorDesk, connection: Connection): Promise<string> {
  try {
    await tokens.current(connection);
  } catch (error) {
    const refused = error instanceof PeerError && error.reaction === 'authorisation';
    if (
      !refused ||
      !(await store.health.mayProbe(connection.id, 'threecx', retryRefusedMs).catch(() => false))
    )
      throw error;
    await tokens.forgetRefusal(connection);
    await tokens.current(connection);
  }
  if (usesConsole(connection)) return 'Logged in to the Management Console.';
  return connection.threecx.auth.kind === 'user'
    ? 'Logged in as a user, which 3CX does not support for programs; an API client is better.'
    : 'There is a valid access token.';
}

function clock({ transports }: DoctorDesk, connection: Connection): DoctorCheck {
  const skewMs = transports.for(connection).clockSkewMs;
  const name = 'threecx-clock';
  if (skewMs === null) return { name, ok: true, detail: 'The PBX does not tell its time.' };
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  const detail = `The clock of the PBX is ${seconds} s ${skewMs < 0 ? 'behind' : 'ahead of'} this server's.`;
  return Math.abs(skewMs) <= skewLimitMs
    ? { name, ok: true, detail }
    : { name, ok: false, detail, mend: 'Let both machines take their time from the same NTP servers.' };
}

async function rights(desk: DoctorDesk, context: ThreecxContext): Promise<DoctorCheck[]> {
  const { recordings } = context.connection.threecx;
  if (recordings === 'console') return [await check('threecx-recordings', () => consoleList(desk, context))];
  const log = await check('threecx-call-log', async () => {
    const to = new Date();
    const from = new Date(to.getTime() - 600_000);
    const question: PbxQuestion = {
      label: '3cx.call-log',
      path: pathUnder(context.connection, callLogPath({ from, to }, { top: 1, skip: 0 })),
      whenForbidden: 'call-log-right-missing',
      whenMissing: 'xapi-missing',
    };
    await desk.pbx.json(context, question, odataRows(z.unknown()));
    return 'The call log can be read.';
  });
  if (recordings === 'by-call-id') {
    const list = await check('threecx-recordings', async () => {
      await findByCallId(desk.pbx, context, noCall, true).catch(passWhen('row-missing'));
      return 'The list of recordings answers.';
    });
    // Such a PBX need not have a call log: it then heals nothing, but nothing is broken either.
    return [
      list,
      log.ok ? log : { ...log, ok: true, detail: `No call log to heal lost events from: ${log.detail}` },
    ];
  }
  const version = await check('threecx-version', () => edition(desk, context));
  if (recordings !== 'xapi') return [version, log];
  const list = await check('threecx-recordings', async () => {
    const question: PbxQuestion = {
      label: '3cx.recordings',
      path: pathUnder(context.connection, `/xapi/v1/Recordings${odataQuery({ $top: 1, $select: 'Id' })}`),
      whenForbidden: 'recording-right-missing',
      whenMissing: 'xapi-missing',
    };
    await desk.pbx.json(context, question, odataRows(z.unknown()));
    return 'Recordings can be listed.';
  });
  return [version, log, list];
}

async function consoleList({ pbx }: DoctorDesk, context: ThreecxContext): Promise<string> {
  await readConsolePage(pbx, context, 0, 1);
  return 'The Management Console lists recordings. This way is best effort: it was never tried on a real v18.';
}

async function edition(desk: DoctorDesk, context: ThreecxContext): Promise<string> {
  const question = {
    label: '3cx.version',
    path: pathUnder(context.connection, `/xapi/v1/Defs${odataQuery({ $select: 'Id' })}`),
    whenForbidden: 'right-missing',
    whenMissing: 'xapi-missing',
  } as const;
  return desk.pbx.ask(context, question, async ({ headers, body }) => {
    body.destroy();
    const version = headers['x-3cx-version'];
    return typeof version === 'string' && /^[\w.-]{1,40}$/.test(version)
      ? `3CX ${version} with the Configuration API.`
      : 'The Configuration API answers.';
  });
}

async function folder(connection: Connection): Promise<string> {
  const files = await listFolder(connection, []);
  return `The folder of recordings can be read (${files.length} files beside the folders of the extensions).`;
}

async function sbc(address: string): Promise<DoctorCheck> {
  const host = address.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  const found = await dns.lookup(host).then(
    () => true,
    () => false,
  );
  return found
    ? { name: 'threecx-sbc', ok: true, detail: 'The name of the SBC leads to an address.', mend: oneWayAudio }
    : { name: 'threecx-sbc', ok: false, detail: 'The name of the SBC leads nowhere.', mend: oneWayAudio };
}

function passWhen(reason: ThreecxReason): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof PeerError) || error.reason !== reason) throw error;
  };
}

/** A call that no PBX has. */
const noCall: RecordingQuery = {
  callId: '00000000-0000-0000-0000-000000000000',
  direction: 'inbound',
  extensions: [],
  callerNumber: '',
  did: null,
  startedAt: '2000-01-01T00:00:00Z',
  answeredAt: null,
  endedAt: '2000-01-01T00:00:00Z',
  durationSeconds: 0,
  recordingId: null,
};
