import { createHash, randomBytes } from 'node:crypto';
import { access, readFile, stat, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import path from 'node:path';
import { Readable } from 'node:stream';
import { liveBytes } from '../../test/support/live-memory';
import { SmallPbx } from '../../test/support/small-pbx';
import { ThreecxBench } from '../../test/support/threecx-bench';
import { wavFile } from '../../test/support/wav';
import type { FoundRecording } from './contract';
import { diskError } from './write-recording';

let bench: ThreecxBench;
let file: string;
beforeEach(async () => {
  bench = await ThreecxBench.start();
  file = path.join(bench.dir, 'part');
});
afterEach(() => bench.close());

const audio = /DownloadRecording/;
const recording: FoundRecording = {
  id: '7',
  startedAt: null,
  from: { kind: 'path', path: '/xapi/v1/Recordings/Pbx.DownloadRecording(recId=7)' },
};
const fetch = (maxBytes = 1_000_000, signal?: AbortSignal): Promise<{ bytes: number }> =>
  bench.client.download(bench.context({}, signal), recording, { file, maxBytes, progress: () => undefined });
const sound = wavFile(randomBytes(64_000));

it('brings the bytes as they are into a file of our own', async () => {
  bench.pbx.on(audio, (_request, response) =>
    response.writeHead(200, { 'content-type': 'audio/x-wav' }).end(sound),
  );
  await expect(fetch()).resolves.toEqual({ bytes: sound.length, contentType: 'audio/x-wav' });
  expect(await readFile(file)).toEqual(sound);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await bench.noted()).toEqual(['3cx.download ok']);
});

it('tells how far it is', async () => {
  bench.pbx.on(audio, (_request, response) => response.end(sound));
  const seen: number[] = [];
  await bench.client.download(bench.context(), recording, {
    file,
    maxBytes: 1_000_000,
    progress: (bytes) => seen.push(bytes),
  });
  expect(seen.at(-1)).toBe(sound.length);
  expect([...seen].sort((a, b) => a - b)).toEqual(seen);
});

it('writes over no file', async () => {
  bench.pbx.on(audio, (_request, response) => response.end(sound));
  await writeFile(file, 'of somebody else');
  await expect(fetch()).rejects.toMatchObject({ reason: 'disk-failed' });
  expect(await readFile(file, 'utf8')).toBe('of somebody else');
});

const warning = (name: string): string =>
  JSON.stringify({ error: { code: '', message: `RecordingUrl:\nWARNINGS.XAPI.${name}` } });

it.each<[string, Parameters<SmallPbx['on']>[1], string, string]>([
  [
    'a file that is not written yet',
    (_q, r) => r.writeHead(400).end(warning('FILE_NOT_FOUND')),
    'not-yet',
    'file-not-there',
  ],
  [
    'a storage that is away',
    (_q, r) => r.writeHead(400).end(warning('FILE_NOT_ACCESSIBLE')),
    'not-yet',
    'file-not-accessible',
  ],
  ['a 404', (_q, r) => r.writeHead(404).end(), 'not-yet', 'file-not-there'],
  ['a missing right', (_q, r) => r.writeHead(403).end(), 'authorisation', 'recording-right-missing'],
  ['a deleted file', (_q, r) => r.writeHead(410).end(), 'gone', 'recording-deleted'],
  [
    'a login page',
    (_q, r) => r.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
    'not-yet',
    'not-audio',
  ],
  [
    'an error as success',
    (_q, r) => r.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
    'not-yet',
    'not-audio',
  ],
  [
    'a packed body',
    (_q, r) => r.writeHead(200, { 'content-encoding': 'gzip' }).end('x'),
    'not-yet',
    'not-audio',
  ],
  ['a part only', (_q, r) => r.writeHead(206).end(sound), 'not-yet', 'cut-short'],
  [
    'a body that breaks off',
    (_q, r) =>
      r.writeHead(200, { 'content-length': '99999' }).write(sound.subarray(0, 9_000), () => r.destroy()),
    'not-yet',
    'cut-short',
  ],
  [
    'a body in pieces that breaks off',
    (_q, r) => r.writeHead(200).write(sound.subarray(0, 9_000), () => r.destroy()),
    'not-yet',
    'cut-short',
  ],
  [
    'a length above the limit',
    (_q, r) => r.writeHead(200, { 'content-length': '9000000' }).end(),
    'refused',
    'too-big',
  ],
  ['a body without end', (_q, r) => endless(r), 'refused', 'too-big'],
  [
    'a redirect',
    (_q, r) => r.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(),
    'not-yet',
    'redirected',
  ],
])('leaves no file after %s', async (_what, handler, reaction, reason) => {
  bench.pbx.on(audio, handler);
  await expect(fetch()).rejects.toMatchObject({ peer: 'threecx', reaction, reason });
  await expect(access(file)).rejects.toMatchObject({ code: 'ENOENT' });
});

it('is called off with its signal', async () => {
  bench.pbx.on(audio, (_request, response) => void response.write(sound));
  await expect(fetch(1_000_000, AbortSignal.timeout(300))).rejects.toMatchObject({ reason: 'cancelled' });
  await expect(access(file)).rejects.toMatchObject({ code: 'ENOENT' });
});

it('shows the token to no other host, and not in an address', async () => {
  const other = await SmallPbx.start();
  const foreign: FoundRecording = {
    ...recording,
    from: { kind: 'path', path: `//${new URL(other.url).host}/x` },
  };
  const target = { file, maxBytes: 1_000, progress: () => undefined };
  await expect(bench.client.download(bench.context(), foreign, target)).rejects.toMatchObject({
    reason: 'foreign-address',
  });
  expect(other.requests).toEqual([]);
  expect(bench.pbx.requests.every(({ path: asked }) => !asked.includes('token='))).toBe(true);
  await other.close();
});

it('tells a full disk from a broken one', () => {
  const failed = (code: string): string => diskError(Object.assign(new Error('disk'), { code })).reason;
  expect(['ENOSPC', 'EDQUOT', 'EIO'].map(failed)).toEqual(['disk-full', 'disk-full', 'disk-failed']);
});

it('needs memory that does not depend on the length', async () => {
  const bytes = 64 * 1024 * 1024;
  const chunk = randomBytes(1024 * 1024);
  bench.pbx.on(audio, (_request, response) => {
    response.writeHead(200, { 'content-length': String(bytes) });
    let left = bytes / chunk.length;
    const more = (): void => {
      while (left > 0) {
        left -= 1;
        if (!response.write(chunk)) return void response.once('drain', more);
      }
      response.end();
    };
    more();
  });
  let most = 0;
  let next = 0;
  const before = liveBytes();
  await bench.client.download(bench.context(), recording, {
    file,
    maxBytes: bytes,
    progress: (done) => {
      if (done < next) return;
      next += bytes / 8;
      most = Math.max(most, liveBytes());
    },
  });
  const expected = createHash('sha256');
  for (let done = 0; done < bytes; done += chunk.length) expected.update(chunk);
  expect(
    createHash('sha256')
      .update(await readFile(file))
      .digest('hex'),
  ).toBe(expected.digest('hex'));
  expect(most - before).toBeLessThan(bytes / 2);
});

/** Sends until nobody listens. */
function endless(response: ServerResponse): void {
  Readable.from(forever())
    .pipe(response)
    .on('error', () => undefined);
}

function* forever(): Iterable<Buffer> {
  for (;;) yield sound;
}
