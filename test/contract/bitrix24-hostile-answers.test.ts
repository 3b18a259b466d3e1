import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { PeerError } from '../../src/domain/peer-error';
import type { Lab } from './portal-lab';
import { LabDatabase, parameters, shortTimeoutMs } from './portal-lab';

/** A portal that answers whatever a test wants. */
let server: Server;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let asked: string[];
let lab: Lab;
let folder: string;
const databases = new LabDatabase();

beforeAll(async () => {
  await databases.open();
  folder = await mkdtemp(path.join(os.tmpdir(), 'hostile-'));
});
afterAll(async () => {
  await databases.close();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    request.resume();
    response.on('error', () => undefined);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  lab = await databases.lab('webhook', { httpTimeoutMs: shortTimeoutMs });
  lab.connection.bitrix24.auth = { kind: 'webhook', url: `${origin()}/rest/1/canary-secret/` };
});
afterEach(async () => {
  await lab.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const origin = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const json = (body: unknown, status = 200, headers = {}): void => {
  answer = (_request, response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
};
const register = (): Promise<PeerError> =>
  lab.client.register(lab.context(), parameters(lab)).then(
    () => Promise.reject(new Error('it succeeded')),
    (error: PeerError) => error,
  );

describe('a register whose answer cannot be trusted', () => {
  it.each([
    ['an array', []],
    ['null', null],
    ['text', 'yes'],
    ['no CALL_ID', { CALL_ID: null }],
    ['a number', { CALL_ID: 7 }],
    ['ten kilobytes', { CALL_ID: 'x'.repeat(10_240) }],
    ['a slash', { CALL_ID: 'externalCall.1/../2' }],
    ['a line break', { CALL_ID: 'externalCall.1\n' }],
    ['nothing', { CALL_ID: '' }],
  ])('%s as CALL_ID: look before it is repeated', async (_name, result) => {
    json({ result });
    expect(await register()).toMatchObject({ reaction: 'ambiguous', reason: 'unexpected-answer' });
  });

  it('compressed without being asked for', async () => {
    const compressed = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    answer = (_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(compressed);
    expect(await register()).toMatchObject({ reaction: 'ambiguous', reason: 'unreadable-answer' });
  });

  it('without an end', async () => {
    answer = (_request, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, 32)));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    };
    expect(await register()).toMatchObject({ reaction: 'ambiguous', reason: 'unreadable-answer' });
  });

  it('in another encoding', async () => {
    answer = (_request, response) => response.end(Buffer.from([0x7b, 0xcf, 0xf0, 0xe8, 0x7d]));
    expect(await register()).toMatchObject({ reaction: 'ambiguous', reason: 'unreadable-answer' });
  });

  it('one byte at a time', async () => {
    answer = (_request, response) => {
      const timer = setInterval(() => response.write(' '), 100);
      response.on('close', () => clearInterval(timer));
    };
    expect(await register()).toMatchObject({ reaction: 'ambiguous', reason: 'portal-timeout' });
  });

  it('from somewhere else: no redirect is followed, least of all to plain HTTP', async () => {
    json('', 302, { location: `${origin()}/elsewhere` });
    expect(await register()).toMatchObject({ reaction: 'ambiguous', reason: 'portal-redirects' });
    expect(asked).toEqual(['/rest/1/canary-secret/telephony.externalCall.register']);
  });

  it('that echoes our secret: nobody hears it', async () => {
    json({ error: 'canary-secret', error_description: 'canary-secret' }, 400);
    const error = await register();
    expect(JSON.stringify([error, error.stack, lab.logged])).not.toContain('canary-secret');
  });
});

describe('addresses', () => {
  it('that cannot be reached were asked for nothing', async () => {
    const port = (server.address() as AddressInfo).port;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect(await register()).toMatchObject({ reaction: 'not-yet', reason: 'portal-unreachable' });
    server.listen(port, '127.0.0.1');
  });

  it('that do not exist were asked for nothing', async () => {
    lab.connection.bitrix24.auth = { kind: 'webhook', url: 'https://nowhere.invalid/rest/1/s/' };
    expect(await register()).toMatchObject({ reaction: 'not-yet', reason: 'portal-unreachable' });
  });

  it('whose certificate is not trusted were asked for nothing', async () => {
    lab.connection.bitrix24.auth = {
      kind: 'webhook',
      url: `https://127.0.0.1:${new URL(origin()).port}/rest/1/s/`,
    };
    expect(await register()).toMatchObject({ reaction: 'not-yet', reason: 'portal-unreachable' });
    expect(asked).toEqual([]);
  });

  it.each(['http://portal.example.com/rest/1/s/', 'ftp://127.0.0.1/rest/1/s/'])(
    'without TLS are refused: %s',
    async (url) => {
      lab.connection.bitrix24.auth = { kind: 'webhook', url };
      expect(await register()).toMatchObject({ reaction: 'refused', reason: 'insecure-address' });
    },
  );
});

describe('an upload', () => {
  const upload = async (): Promise<PeerError> => {
    const file = path.join(folder, 'a.wav');
    await writeFile(file, 'RIFF0000WAVE');
    const recording = { bitrix24CallId: 'externalCall.1', file, bytes: 12, fileName: 'a.wav' };
    return lab.client.attachRecord(lab.context(), recording).then(
      () => Promise.reject(new Error('it succeeded')),
      (error: PeerError) => error,
    );
  };
  const uploads = (uploadUrl: string, then: unknown, status = 200): void => {
    answer = (request, response) => {
      const first = /attachRecord/.test(request.url ?? '');
      const body = first ? { result: { uploadUrl, fieldName: 'file' } } : then;
      response.writeHead(first ? 200 : status).end(JSON.stringify(body));
    };
  };

  it.each([
    'https://elsewhere.example.com/upload',
    'http://127.0.0.1:1/upload',
    'http://169.254.169.254/latest',
    '/upload',
    'file:///etc/passwd',
    'ORIGIN.evil.example/upload',
    'http://user@HOST/upload',
  ])('never goes to an address that is not the portal’s own: %s', async (named) => {
    uploads(named.replace('ORIGIN', origin()).replace('HOST', new URL(origin()).host), {
      result: { FILE_ID: 1 },
    });
    expect(await upload()).toMatchObject({ reaction: 'refused', reason: 'foreign-upload-address' });
    expect(asked).toHaveLength(1);
  });

  it.each([[{}], [[]], [{ FILE_ID: 0 }], [{ FILE_ID: 'x' }], [true]])(
    'that is answered with %j may or may not have worked',
    async (result) => {
      uploads(`${origin()}/rest/1/canary-secret/upload/?token=x`, { result });
      expect(await upload()).toMatchObject({ reaction: 'ambiguous', reason: 'unexpected-answer' });
    },
  );

  it('with a link that is not taken begins anew', async () => {
    const denied = { error: 'ACCESS_DENIED', error_description: 'Access denied! Link check failed' };
    uploads(`${origin()}/rest/1/canary-secret/upload/?token=x`, denied, 403);
    expect(await upload()).toMatchObject({ reaction: 'not-yet', reason: 'upload-link-refused' });
    expect((await lab.store.tokens.get('any'))?.refusedReason ?? null).toBeNull();
  });

  it.each([
    ['shorter', 4],
    ['longer', 9_000],
  ])('of a file that became %s is not taken for done', async (_how, bytes) => {
    answer = (request, response) => {
      const first = /attachRecord/.test(request.url ?? '');
      const result = first ? { uploadUrl: `${origin()}/upload`, fieldName: 'file' } : { FILE_ID: 1 };
      request.on('end', () => response.end(JSON.stringify({ result })));
    };
    const file = path.join(folder, 'changed.wav');
    await writeFile(file, 'R'.repeat(bytes));
    const recording = { bitrix24CallId: 'externalCall.1', file, bytes: 5_000, fileName: 'a.wav' };
    await expect(lab.client.attachRecord(lab.context(), recording)).rejects.toMatchObject({
      reaction: 'not-yet',
      reason: 'recording-file-changed',
    });
  });
});

describe('rows that were not asked for', () => {
  const row = {
    ID: '1',
    CALL_ID: 'externalCall.other',
    PORTAL_USER_ID: '1',
    RECORD_FILE_ID: null,
    CRM_ACTIVITY_ID: '',
  };
  const find = (key: Parameters<Lab['client']['findStatistics']>[1]): Promise<unknown> =>
    lab.client.findStatistics(lab.context(), key);

  it('are not taken for the call', async () => {
    json({ result: [{ ...row, EXTERNAL_CALL_ID: 'other' }], total: 1 });
    expect(await find({ bitrix24CallId: 'externalCall.1' })).toBeNull();
    expect(await find({ externalCallId: 'office/1' })).toBeNull();
  });

  it('prove nothing on a portal that does not know the field', async () => {
    json({ result: [row], total: 1 });
    await expect(find({ externalCallId: 'office/1' })).rejects.toMatchObject({
      reaction: 'refused',
      reason: 'statistics-lack-external-id',
    });
  });

  it('are found among others', async () => {
    json({
      result: [row, { ...row, ID: '2', CALL_ID: 'externalCall.1', RECORD_FILE_ID: 5, CRM_ACTIVITY_ID: '9' }],
    });
    expect(await find({ bitrix24CallId: 'externalCall.1' })).toEqual({
      id: '2',
      bitrix24CallId: 'externalCall.1',
      externalCallId: null,
      userId: 1,
      activityId: '9',
      recordFileId: 5,
    });
  });

  it.each([
    ['of a month before under the same outside id is not taken', '2026-08-22T09:15:02+03:00', null],
    ['of the same time is taken, whatever zone it is told in', '2026-09-22T11:15:02+05:00', '7'],
    ['that tells no time is taken', undefined, '7'],
    ['that tells a time which is none is taken', 'yesterday', '7'],
  ])('one %s', async (_name, startedAt, id) => {
    const ours = { ...row, ID: '7', EXTERNAL_CALL_ID: 'office/1', CALL_START_DATE: startedAt };
    json({ result: [ours], total: 1 });
    const found = await find({ externalCallId: 'office/1', startedAt: '2026-09-22T06:15:02.345Z' });
    expect((found as { id: string } | null)?.id ?? null).toBe(id);
  });
});

describe('lists', () => {
  it.each([
    ['the same page for ever', { result: [], next: 0 }],
    ['no list', { result: {} }],
    ['a user without id', { result: [{ ACTIVE: true }] }],
    ['a page number that is none', { result: [], next: 'x' }],
  ])('that are broken give no users at all: %s', async (_name, body) => {
    json(body);
    await expect(lab.client.users(lab.context())).rejects.toMatchObject({ reason: 'unexpected-answer' });
  });

  it('read users however the portal spells them', async () => {
    json({
      result: [
        { ID: '7', ACTIVE: 'Y', NAME: 'A', LAST_NAME: null, UF_PHONE_INNER: ' 101 ' },
        { ID: 8, ACTIVE: 'N', UF_PHONE_INNER: 102 },
        { ID: 9, ACTIVE: true, NAME: '', LAST_NAME: 'B', UF_PHONE_INNER: '' },
      ],
    });
    expect(await lab.client.users(lab.context())).toEqual([
      { userId: 7, name: 'A', active: true, extension: '101' },
      { userId: 8, name: '', active: false, extension: '102' },
      { userId: 9, name: 'B', active: true, extension: null },
    ]);
  });
});
