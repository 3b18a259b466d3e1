import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { parseForm } from './form-values';
import { TestPortal } from './test-client';

describe('the token server', () => {
  let portal: TestPortal;
  beforeEach(async () => (portal = await TestPortal.start()));
  afterEach(() => portal.close());

  const refresh = async (
    refreshToken: string,
    fields: Record<string, string> = {},
  ): Promise<[number, Record<string, unknown>]> => {
    const { clientId, clientSecret } = portal.control.application;
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: clientId,
      client_secret: clientSecret,
      refresh_token: refreshToken,
      ...fields,
    });
    const answer = await fetch(portal.sim.tokenUrl, { method: 'POST', body: form });
    return [answer.status, (await answer.json()) as Record<string, unknown>];
  };

  it('gives a new pair for a refresh token once, by POST or GET', async () => {
    const { refreshToken } = portal.control.issueTokens();
    const [status, body] = await refresh(refreshToken);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      expires_in: 3600,
      client_endpoint: `${portal.sim.url}/rest/`,
      member_id: expect.any(String),
      user_id: 1,
    });
    expect((await portal.call('profile', {}, String(body['access_token']))).status).toBe(200);
    expect(await refresh(refreshToken)).toMatchObject([400, { error: 'invalid_grant' }]);
    const { clientId, clientSecret } = portal.control.application;
    const query = `grant_type=refresh_token&client_id=${clientId}&client_secret=${clientSecret}&refresh_token=${String(body['refresh_token'])}`;
    expect((await fetch(`${portal.sim.tokenUrl}?${query}`)).status).toBe(200);
    expect(portal.control.refreshes).toBe(2);
  });

  it('refuses wrong clients and incomplete requests without using the token up', async () => {
    const { refreshToken } = portal.control.issueTokens();
    expect(await refresh(refreshToken, { client_secret: 'x' })).toMatchObject([
      401,
      { error: 'invalid_client' },
    ]);
    expect(await refresh('')).toMatchObject([400, { error: 'invalid_request' }]);
    expect((await refresh(refreshToken))[0]).toBe(200);
  });

  it('has used the token up when the answer is lost', async () => {
    const { refreshToken } = portal.control.issueTokens();
    portal.control.faults.add({ kind: 'lose-answer', method: 'oauth.token' });
    await expect(refresh(refreshToken)).rejects.toThrow();
    expect(await refresh(refreshToken)).toMatchObject([400, { error: 'invalid_grant' }]);
  });

  it('expires all access tokens at once when told to, and leaves refresh tokens good', async () => {
    const { accessToken, refreshToken } = portal.control.issueTokens();
    portal.control.expireAccessTokens();
    expect((await portal.call('profile', {}, accessToken)).body.error).toBe('expired_token');
    expect((await refresh(refreshToken))[0]).toBe(200);
  });
});

describe('events', () => {
  let portal: TestPortal;
  let receiver: Server;
  let received: Record<string, unknown>[];
  let status = 200;
  let handler: string;
  beforeEach(async () => {
    portal = await TestPortal.start();
    received = [];
    status = 200;
    receiver = createServer((request, response) => {
      void text(request).then((body) => {
        received.push(parseForm(body));
        response.statusCode = status;
        response.end();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    handler = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/handler`;
  });
  afterEach(async () => {
    receiver.closeAllConnections();
    receiver.close();
    await portal.close();
  });

  const bind = async (event: string): Promise<string> => {
    const { accessToken } = portal.control.issueTokens();
    await portal.call('event.bind', { event, handler }, accessToken);
    return accessToken;
  };

  it('tell of a click-to-call that the portal has registered itself, twice when switched so', async () => {
    await bind('ONEXTERNALCALLSTART');
    portal.control.set({ doubleEvents: true });
    const { callId, sent } = await portal.control.clickToCall({ userId: 1269, number: '5550001' });
    expect(sent.map((event) => event.status)).toEqual([200, 200]);
    expect(received).toHaveLength(2);
    expect(received[0]).toMatchObject({
      event: 'ONEXTERNALCALLSTART',
      data: { CALL_ID: callId, USER_ID: '1269', PHONE_NUMBER: '5550001', LINE_NUMBER: '' },
      auth: { application_token: portal.control.application.applicationToken },
    });
    expect(portal.control.openCalls).toMatchObject([{ callId, externalCallId: null }]);
  });

  it('tell of the end of a call, and are not sent again when the handler fails', async () => {
    await bind('ONVOXIMPLANTCALLEND');
    status = 500;
    const callId = await portal.finishedCall();
    await portal.control.eventsSettled();
    expect(received).toMatchObject([
      { data: { CALL_ID: callId, CALL_DURATION: '12', CALL_FAILED_CODE: '200' } },
    ]);
    expect(portal.control.sentEvents).toMatchObject([{ status: 500 }]);
  });

  it('begin with the installation callback, which brings the tokens', async () => {
    expect((await portal.control.install(handler)).status).toBe(200);
    const auth = received[0]?.['auth'] as Record<string, string>;
    expect(auth).toMatchObject({
      client_endpoint: `${portal.sim.url}/rest/`,
      expires_in: '3600',
      application_token: portal.control.application.applicationToken,
      refresh_token: expect.any(String),
    });
    expect((await portal.call('profile', {}, auth['access_token'])).status).toBe(200);
  });
});
