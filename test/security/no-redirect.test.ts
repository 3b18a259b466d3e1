import path from 'node:path';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createBitrix24Client } from '../../src/bitrix24';
import type { Connection } from '../../src/domain/connection';
import { createThreecxClient } from '../../src/threecx';
import { connectionOf, openApiLab, token } from '../support/api-lab';
import type { ApiLab } from '../support/api-lab';
import { applicationAuth } from '../support/connection-body';
import { recordingQuery } from '../support/threecx-bench';
import type { TempDir } from '../support/temp-dir';
import { tempDir } from '../support/temp-dir';
import { silentLog } from '../support/test-store';
import { AnsweringPeer, Bystander } from './outgoing';

/** The peer that a connection names, and the one that nobody may be sent to. */
let peer: AnsweringPeer;
let elsewhere: Bystander;
let lab: ApiLab;
let bitrix24: ReturnType<typeof createBitrix24Client>;
let threecx: ReturnType<typeof createThreecxClient>;
let dir: TempDir;
beforeAll(async () => {
  [peer, elsewhere, lab, dir] = await Promise.all([
    AnsweringPeer.start(),
    Bystander.start(),
    openApiLab(),
    tempDir(),
  ]);
  bitrix24 = createBitrix24Client({ store: lab.store, log: silentLog, httpTimeoutMs: 2_000 });
  threecx = createThreecxClient({ store: lab.store, log: silentLog });
});
afterAll(async () => {
  threecx.close();
  await Promise.all([peer.close(), elsewhere.close(), lab.close(), dir.remove()]);
});
beforeEach(() => {
  peer.asked = [];
});
afterEach(() => expect([elsewhere.connections, elsewhere.requests]).toEqual([0, []]));

const json = (response: ServerResponse, body: unknown, status = 200): void =>
  void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

/** Sends whoever asks to the bystander, by every means that a client might follow. */
const sendAway =
  (status: number) =>
  (request: IncomingMessage, response: ServerResponse): void => {
    const location = `${elsewhere.url}${request.url}`;
    response.writeHead(status, { location, refresh: `0; url=${location}`, 'content-location': location });
    response.end(`<meta http-equiv="refresh" content="0; url=${location}">`);
  };

let serial = 0;
function connection(
  auth: Connection['threecx']['auth'],
  recordings: Connection['threecx']['recordings'],
): Connection {
  serial += 1;
  return connectionOf({
    id: `redirect-${serial}`,
    threecx: { ...connectionOf().threecx, baseUrl: peer.url, auth, recordings },
    bitrix24: { auth: { kind: 'webhook', url: `${peer.url}/rest/1/secret/` }, plan: 'standard' },
  });
}
const fixedToken = { kind: 'token', token: 'canary-token' } as const;
const contextOf = (of: Connection) => ({ connection: of, callId: `call-${serial}`, attempt: 1 });

describe.each([301, 302, 303, 307, 308])('a redirect by %i is not followed', (status) => {
  beforeEach(() => {
    peer.answer = sendAway(status);
  });

  it.each([
    ['the log-in of an API client', { kind: 'client-credentials', clientId: 'c', clientSecret: 's' }],
    ['the log-in of a user', { kind: 'user', username: 'u', password: 'p' }],
  ] as const)('from %s', async (_what, auth) => {
    await threecx.checks(connection(auth, 'xapi'));
    expect(peer.asked.length).toBeGreaterThan(0);
  });

  it.each(['xapi', 'by-call-id'] as const)('from the search for a recording by %s', async (recordings) => {
    const context = contextOf(connection(fixedToken, recordings));
    const search = await threecx.findRecordings(context, recordingQuery(new Date())).catch((error) => error);
    expect(JSON.stringify(search)).not.toContain('"found"');
    expect(peer.asked.length).toBeGreaterThan(0);
  });

  it('from a download with the token', async () => {
    const recording = { id: '7', startedAt: null, from: { kind: 'path', path: '/audio/7' } } as const;
    const target = { file: path.join(dir.path, 'x'), maxBytes: 1_000, progress: () => undefined };
    const download = threecx.download(contextOf(connection(fixedToken, 'xapi')), recording, target);
    await expect(download).rejects.toMatchObject({ reason: 'redirected' });
    expect(peer.asked).toEqual(['/audio/7']);
  });

  it('from a method of the portal', async () => {
    await bitrix24.checks(connection(fixedToken, 'off'), { eventHandler: 'https://bridge.example.com/x' });
    expect(peer.asked.length).toBeGreaterThan(0);
  });

  it('from the token server', async () => {
    peer.answer = (request, response) =>
      request.url!.startsWith('/rest/')
        ? json(response, { error: 'expired_token', error_description: 'expired' }, 401)
        : sendAway(status)(request, response);
    const auth = {
      ...applicationAuth,
      clientId: `app-${status}`,
      portalUrl: peer.url,
      tokenUrl: `${peer.url}/oauth/`,
    };
    const of = connection(fixedToken, 'off');
    await bitrix24.checks(
      { ...of, bitrix24: { auth: auth as never, plan: 'standard' } },
      {
        eventHandler: 'https://bridge.example.com/x',
      },
    );
    expect(peer.asked).toContain('/oauth/');
  });
});

describe('an address of a recording that leads away from the PBX', () => {
  const forms = (to: string): string[] => {
    const host = to.replace('http://', '');
    return [
      to,
      `${to}/audio`,
      `//${host}/audio`,
      `\\\\${host}\\audio`,
      `/\\${host}/audio`,
      `\\/${host}/audio`,
      `http:/${host}`,
      `http:${host}`,
      `HTTP://${host}`,
      ` ${to}`,
      `\t//${host}`,
      `/\t/${host}`,
      `//user@${host}/`,
      `https://${host}`,
      `file:///etc/passwd`,
      `data:audio/wav;base64,AAAA`,
      `ftp://${host}/x`,
      `javascript:fetch('${to}')`,
    ];
  };

  it('in the list of recordings is never called', async () => {
    for (const url of forms(elsewhere.url)) {
      peer.answer = (_request, response) => json(response, [{ id: 'r1', url }]);
      const context = contextOf(connection(fixedToken, 'by-call-id'));
      const query = recordingQuery(new Date());
      const outcome = await threecx.findRecordings(context, query).catch((error: unknown) => error);
      const found = (outcome as { recordings?: Parameters<typeof threecx.download>[1][] }).recordings ?? [];
      const target = { file: path.join(dir.path, 'y'), maxBytes: 1_000, progress: () => undefined };
      for (const one of found) await threecx.download(context, one, target).catch(() => undefined);
      expect([url, peer.asked.every((asked) => asked.startsWith('/'))]).toEqual([url, true]);
    }
  });

  it('in a webhook tells that there is a recording, and nothing more', async () => {
    for (const [index, address] of forms(elsewhere.url).entries()) {
      const answer = await fetch(`${lab.url}/webhooks/3cx/office/recording-ready`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ callId: `r-${index}`, recordingId: address, FILES: [address] }),
      });
      expect([address, answer.status]).toEqual([address, 202]);
    }
    expect(lab.gateway.delivered).toHaveLength(forms('').length);
    expect(JSON.stringify(lab.gateway.delivered)).not.toContain(new URL(elsewhere.url).port);
  });
});
