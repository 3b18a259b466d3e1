import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { attachRecord } from './attach-record';
import type { RequestContext } from './contract';
import { stalledReason } from './http-exchange';
import type { PortalRequests } from './portal-requests';

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'attach-record-'));
  file = path.join(folder, 'a.wav');
  await writeFile(file, 'sound');
});
afterAll(() => rm(folder, { recursive: true }));

/** Where a recording goes that the portal at `origin` wants at `uploadUrl`. */
async function uploadedTo(origin: string, uploadUrl: string): Promise<string> {
  let url = '';
  const requests = {
    clock: () => new Date(),
    httpTimeoutMs: 1_000,
    call: async () => ({ uploadUrl, fieldName: 'file' }),
    postTo: async (
      _context: unknown,
      _call: unknown,
      send: (credential: { address: { origin: string } }) => { url: URL },
    ) => {
      url = send({ address: { origin } }).url.href;
      return { FILE_ID: 1 };
    },
  } as unknown as PortalRequests;
  const upload = { bitrix24CallId: 'x', fileName: 'a.wav', file, bytes: 5 };
  return attachRecord(requests, {} as RequestContext, upload).then(
    () => url,
    (error: { reason: string }) => error.reason,
  );
}

const query = '/rest/upload.json?auth=T&token=telephony%7Cx';

describe('the address that a portal names for an upload', () => {
  it.each([
    ['https://portal.example.com', 'http://portal.example.com', 'https://portal.example.com'],
    ['https://portal.example.com', 'http://portal.example.com:80', 'https://portal.example.com'],
    ['https://portal.example.com', 'http://portal.example.com:443', 'https://portal.example.com'],
    ['https://portal.example.com:8443', 'http://portal.example.com:8443', 'https://portal.example.com:8443'],
    ['https://portal.example.com:8443', 'http://portal.example.com', 'https://portal.example.com:8443'],
    ['https://portal.example.com', 'https://portal.example.com', 'https://portal.example.com'],
    ['http://127.0.0.1:3000', 'http://127.0.0.1:3000', 'http://127.0.0.1:3000'],
  ])('of the portal %s may be %s: used is %s', async (origin, named, used) => {
    expect(await uploadedTo(origin, `${named}${query}`)).toBe(`${used}${query}`);
  });

  it.each([
    ['https://portal.example.com', 'http://elsewhere.example.com'],
    ['https://portal.example.com', 'https://elsewhere.example.com'],
    ['https://portal.example.com', 'http://portal.example.com:8080'],
    ['https://portal.example.com', 'https://portal.example.com:8443'],
    ['https://portal.example.com', 'ftp://portal.example.com'],
    ['https://portal.example.com', 'http://user:secret@portal.example.com'],
    ['http://127.0.0.1:3000', 'https://127.0.0.1:3000'],
    ['http://127.0.0.1:3000', 'http://127.0.0.1:3001'],
  ])('of the portal %s is refused when it is %s', async (origin, named) => {
    expect(await uploadedTo(origin, `${named}${query}`)).toBe('foreign-upload-address');
  });
});

it('an upload that the portal takes no further is ended as stalled, not as cancelled by the caller', async () => {
  jest.useFakeTimers();
  const caller = new AbortController();
  const requests = {
    clock: () => new Date(),
    httpTimeoutMs: 1_000,
    call: async () => ({ uploadUrl: 'https://portal.example.com/', fieldName: 'file' }),
    postTo: async ({ signal }: RequestContext) => {
      jest.advanceTimersByTime(30_000);
      throw signal?.reason;
    },
  } as unknown as PortalRequests;
  const upload = { bitrix24CallId: 'x', fileName: 'a.wav', file, bytes: 5 };
  const context = { signal: caller.signal } as RequestContext;
  const ended = await attachRecord(requests, context, upload).catch((reason: unknown) => reason);
  jest.useRealTimers();
  expect(ended).toBe(stalledReason);
  expect(caller.signal.aborted).toBe(false);
});
